# SPDX-License-Identifier: GPL-2.0-or-later
"""
What is changed: finds, in the text of one C file, every place that an operator
of tests/mutants/README names, and the text that takes its place. Knows of C only
what it needs: tokens, functions, initializers, the operands of conditions.
"""
import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"(?P<space>\s+|/\*.*?\*/|//[^\n]*|^[ \t]*\#(?:[^\n\\]|\\.|\\\n)*)"
    r'|(?P<text>"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\')'
    r"|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<number>\d\w*)"
    r"|(?P<sign><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)",
    re.S | re.M,
)

COMPARISONS = {
    "==": ["!="],
    "!=": ["=="],
    "<": ["<=", ">="],
    "<=": ["<", ">"],
    ">": [">=", "<="],
    ">=": [">", "<"],
}
CONNECTIVES = {"&&": "||", "||": "&&"}
QUEUES = [
    ["DLM_QUEUE_GRANT", "DLM_QUEUE_CONVERT", "DLM_QUEUE_WAIT"],
    ["grant_queue", "convert_queue", "wait_queue"],
    ["list_add", "list_add_tail"],
    ["list_for_each_entry", "list_for_each_entry_reverse"],
]
# Values that a table or a rule names; each becomes the one behind it, the last the one before.
FAMILIES = [
    ["DLM_LOCK_IV", "DLM_LOCK_NL", "DLM_LOCK_CR", "DLM_LOCK_CW", "DLM_LOCK_PR", "DLM_LOCK_PW",
     "DLM_LOCK_EX"],
    ["DLM_CONVERT_SAME", "DLM_CONVERT_UP", "DLM_CONVERT_DOWN", "DLM_CONVERT_MIDDLE"],
    ["DLM_LVB_NONE", "DLM_LVB_READ", "DLM_LVB_WRITE"],
    ["DLM_WHEN_NOW", "DLM_WHEN_LATER", "DLM_WHEN_RECOVERED"],
    ["DLM_PASS_NORMAL", "DLM_PASS_RECOVERY"],
    ["DLM_RECOVER_STOPPED", "DLM_RECOVER_SLOTS", "DLM_RECOVER_PREPARE", "DLM_RECOVER_PING",
     "DLM_RECOVER_NODES", "DLM_RECOVER_NAMES", "DLM_RECOVER_DIR", "DLM_RECOVER_MASTERS",
     "DLM_RECOVER_LOCKS", "DLM_RECOVER_LOCKS_BARRIER", "DLM_RECOVER_FINISH",
     "DLM_RECOVER_PURGE", "DLM_RECOVER_DONE", "DLM_RECOVER_DRAIN", "DLM_RECOVER_GRANT",
     "DLM_RECOVER_RUNNING", "DLM_RECOVER_ERROR"],
    ["DLM_RS_NODES", "DLM_RS_DIR", "DLM_RS_LOCKS", "DLM_RS_DONE"],
    ["DLM_VISIT_PREPARE", "DLM_VISIT_MASTERS", "DLM_VISIT_LOCKS", "DLM_VISIT_FINISH",
     "DLM_VISIT_GRANT"],
    ["DLM_WAIT_REQUEST", "DLM_WAIT_CONVERT", "DLM_WAIT_UNLOCK", "DLM_WAIT_CANCEL",
     "DLM_WAIT_LOOKUP", "DLM_WAIT_NONE"],
    ["DLM_GATE_NEVER", "DLM_GATE_CLOSED", "DLM_GATE_DRAINING", "DLM_GATE_OPEN"],
    ["DLM_TOSS_KEEP", "DLM_TOSS_FREE"],
]
PASS_CALL = re.compile(r"grant|blocking|effects|deadlock|demote|tell|mark_from|send_held")
# A part that begins behind one of these ends an operand on the left.
OPERAND_STARTS = {"(", ",", "=", "return", ";", "{", "}", ":", "?", "[", "|=", "+=", "&=", "&&",
                  "||"}


@dataclass(frozen=True)
class Mutant:
    file: str  # below kernel/
    where: str  # function or table
    operator: str
    start: int
    end: int
    new: str
    line: int
    source: str  # the line as it was, spaces squeezed
    changed: str  # the line as it becomes
    nth: int  # of those that look the same in this function

    @property
    def key(self):
        """Names the mutant as long as its own line does not change."""
        nth = f" #{self.nth}" if self.nth > 1 else ""
        return f"{self.file}:{self.where}: {self.source} => {self.changed}{nth}"


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int


class Finder:
    def __init__(self, file, text):
        self.file = file
        self.text = text
        self.tokens = [
            Token(m.lastgroup, m.group(), m.start(), m.end())
            for m in TOKEN.finditer(text)
            if m.lastgroup != "space"
        ]
        self.partner = self._pair()
        self.found = {}  # (start, end, new): (operator, where)

    def _pair(self):
        partner, open_ = {}, []
        for i, t in enumerate(self.tokens):
            if t.text in "([{" and t.kind == "sign":
                open_.append(i)
            elif t.text in ")]}" and t.kind == "sign":
                partner[i] = open_.pop()
                partner[partner[i]] = i
        return partner

    def _add(self, operator, where, start, end, new):
        self.found.setdefault((start, end, new), (operator, where))

    def _replace(self, operator, where, i, new):
        t = self.tokens[i]
        self._add(operator, where, t.start, t.end, new)

    # ---- top level: functions and tables ----

    def find(self):
        i = 0
        begin = 0  # of the declaration
        while i < len(self.tokens):
            t = self.tokens[i].text
            if t == "{":
                end = self.partner[i]
                before = self.tokens[i - 1].text
                if before == ")":
                    self._function(begin, i, end)
                elif before == "=":
                    self._table(begin, i, end)
                # A struct or enum: nothing.
                i = end + 1
                begin = i
                continue
            if t == ";":
                begin = i + 1
            i = self.partner[i] + 1 if t in "([" and i in self.partner else i + 1
        return self._mutants()

    def _mutants(self):
        out, seen = [], {}
        for (start, end, new), (operator, where) in sorted(self.found.items()):
            first = self.text.rfind("\n", 0, start) + 1
            # A condition may go over several lines; its last one ends the excerpt.
            last = self.text.find("\n", end)
            last = len(self.text) if last < 0 else last
            source = " ".join(self.text[first:last].split())
            changed = " ".join((self.text[first:start] + new + self.text[end:last]).split())
            look = (where, source, changed)
            seen[look] = seen.get(look, 0) + 1
            out.append(Mutant(self.file, where, operator, start, end, new,
                              self.text.count("\n", 0, start) + 1, source, changed, seen[look]))
        return out

    def _table(self, begin, open_, end):
        words = [t.text for t in self.tokens[begin:open_] if t.kind == "word"]
        where = words[-1]
        for i in range(begin, open_):
            if self.tokens[i].text == "[":
                where = self.tokens[i - 1].text
                break
        masks = [i for i in range(open_, end) if self.tokens[i].kind == "number"
                 and self.tokens[i].text.startswith("0x")]
        width = max((int(self.tokens[i].text, 16).bit_length() for i in masks), default=0)
        for i in masks:
            for bit in range(width):
                value = int(self.tokens[i].text, 16) ^ 1 << bit
                self._replace("cell", where, i, f"{value:#04x}")
        for i in range(open_, end):
            # The index in [X] = Y says which cell it is.
            if self.tokens[i].text.startswith("DLM_") and not self._in_index(i, open_):
                self._value("cell", where, i)
                self._queue(where, i)

    def _in_index(self, i, open_):
        while i > open_:
            i -= 1
            if self.tokens[i].text in ")]}":
                i = self.partner[i]
            elif self.tokens[i].text == "[":
                return True
            elif self.tokens[i].text in "({":
                return False
        return False

    # ---- functions ----

    def _function(self, begin, open_, end):
        close = open_ - 1
        where = self.tokens[self.partner[close] - 1].text
        head = [t.text for t in self.tokens[begin:self.partner[close]]]
        returns_bool = "bool" in head and "*" not in head
        bools = self._bool_names(self.partner[close], end)
        for i in range(open_ + 1, end):
            t = self.tokens[i]
            after = self.tokens[i + 1].text
            if t.text in COMPARISONS:
                for new in COMPARISONS[t.text]:
                    self._replace("compare", where, i, new)
            elif t.text in CONNECTIVES:
                self._replace("connect", where, i, CONNECTIVES[t.text])
            elif t.text in ("true", "false"):
                self._replace("truth", where, i, "false" if t.text == "true" else "true")
            elif t.text in ("if", "while") and after == "(":
                self._condition(where, i + 2, self.partner[i + 1])
            elif t.text == "for":
                self._for(where, i + 1)
            elif t.text == "return" and returns_bool:
                self._condition(where, i + 1, self._statement_end(i))
            elif t.text == "=" and self.tokens[i - 1].text in bools \
                    and self.tokens[i - 2].text not in ("->", "."):
                self._condition(where, i + 1, self._statement_end(i))
            elif t.text == "?":
                self._condition(where, self._operand_start(i), i)
            elif t.kind == "word":
                self._value("cell", where, i)
                self._queue(where, i)
                self._argument(where, i)
                self._pass(where, i)

    def _bool_names(self, begin, end):
        names = set()
        for i in range(begin, end):
            if self.tokens[i].text != "bool":
                continue
            j = i + 1
            while self.tokens[j].kind == "word" and self.tokens[j + 1].text in ",=;":
                names.add(self.tokens[j].text)
                if self.tokens[j + 1].text != ",":
                    break
                j += 2
        return names

    def _statement_end(self, i):
        """The first ; or top-level comma from token i on."""
        while self.tokens[i].text not in (";", ","):
            i = self.partner[i] + 1 if self.tokens[i].text in "([{" else i + 1
        return i

    def _operand_start(self, i):
        while self.tokens[i - 1].text not in OPERAND_STARTS:
            i = self.partner[i - 1] if self.tokens[i - 1].text in ")]}" else i - 1
        # All of a && b ? c : d is the condition.
        if self.tokens[i - 1].text in CONNECTIVES:
            return self._operand_start(i - 1)
        return i

    def _for(self, where, open_):
        first = self._semicolon(open_ + 1)
        second = self._semicolon(first + 1)
        if second > first + 1:
            self._condition(where, first + 1, second)

    def _semicolon(self, i):
        while self.tokens[i].text != ";":
            i = self.partner[i] + 1 if self.tokens[i].text in "([{" else i + 1
        return i

    def _split(self, begin, end, signs):
        parts, start, i = [], begin, begin
        while i < end:
            text = self.tokens[i].text
            if text in signs:
                parts.append((start, i))
                start = i + 1
            i = self.partner[i] + 1 if text in "([{" else i + 1
        return parts + [(start, end)]

    def _condition(self, where, begin, end):
        """Negates each operand that is not a comparison: that has an operator of its own."""
        while self.tokens[begin].text == "(" and self.partner[begin] == end - 1:
            begin, end = begin + 1, end - 1
        if self.tokens[begin].text == "!" and self.tokens[begin + 1].text == "(" \
                and self.partner[begin + 1] == end - 1:
            return self._condition(where, begin + 2, end - 1)
        if len(self._split(begin, end, {"?"})) > 1:
            return None  # the operand before ? is found by itself
        for sign in ("||", "&&"):
            parts = self._split(begin, end, {sign})
            if len(parts) > 1:
                for part in parts:
                    self._condition(where, *part)
                return None
        if len(self._split(begin, end, set(COMPARISONS))) > 1:
            return None
        if self.tokens[begin].text in ("true", "false"):
            return None
        start, stop = self.tokens[begin].start, self.tokens[end - 1].end
        old = self.text[start:stop]
        bare = old[1:] if old.startswith("!") else f"!({old})"
        return self._add("negate", where, start, stop, bare)

    def _value(self, operator, where, i):
        for family in FAMILIES:
            if self.tokens[i].text in family:
                at = family.index(self.tokens[i].text)
                self._replace(operator, where, i,
                              family[at + 1] if at + 1 < len(family) else family[at - 1])

    def _queue(self, where, i):
        for names in QUEUES:
            if self.tokens[i].text in names:
                for other in names:
                    if other != self.tokens[i].text:
                        self._replace("queue", where, i, other)

    def _argument(self, where, i):
        """f(..., flags & FLAG): an argument that is a test."""
        if self.tokens[i + 1].text != "(" or self.tokens[i].text in ("if", "while", "for", "switch"):
            return
        for begin, end in self._split(i + 2, self.partner[i + 1], {","}):
            texts = [t.text for t in self.tokens[begin:end]]
            if "&" in texts[1:] and texts[-1].startswith("DLM_"):
                self._condition(where, begin, end)

    def _pass(self, where, i):
        """A statement that is a call which grants, tells or lets follow is left out."""
        if not PASS_CALL.search(self.tokens[i].text) or self.tokens[i + 1].text != "(":
            return
        end = self.partner[i + 1] + 1
        if self.tokens[end].text != ";":
            return
        begin = i
        while self.tokens[begin - 1].text in ("->", "."):
            begin -= 2
        before = self.tokens[begin - 1].text
        if before in (";", "{", "}", ":", "else", "do") or \
                (before == ")" and self._closes_condition(begin - 1)):
            old = self.text[self.tokens[begin].start:self.tokens[end].start]
            self._add("pass", where, self.tokens[begin].start, self.tokens[end].start,
                      "(void)0" + "\n" * old.count("\n"))

    def _closes_condition(self, i):
        word = self.tokens[self.partner[i] - 1].text
        return word in ("if", "while", "for") or word.startswith("list_for_each")


def find(file, text):
    return Finder(file, text).find()
