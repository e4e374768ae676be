# SPDX-License-Identifier: GPL-2.0-or-later
"""
Usage: run.py [--every N] [--again] [--resume] [--list] [FILE...]

Changes one place of the rules at a time and asks whether the tests notice. Called by
scripts/mutants, which builds what is needed; tests/mutants/README says the rest.

FILE...    only these, below kernel/ (core/grant.c)
--every N  a sample: every N-th mutant
--again    only those that the last run left alive
--resume   go on where the last run stopped: what it has killed is taken as killed
--list     print the mutants, run nothing
"""
import argparse
import os
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import operators

ROOT = Path(__file__).resolve().parents[2]
KERNEL = ROOT / "kernel"
BUILD = ROOT / "build" / "mutants"
HERE = Path(__file__).resolve().parent
WANTED_PERCENT = 95.0
# An access behind the end of an array ends the program, as it would under the tests' sanitizers.
FLAGS = ["-std=gnu11", "-O1", "-g0", "-w", "-fPIC", "-fsanitize=bounds,shift",
         "-fsanitize-undefined-trap-on-error"]
CPU_FLOOR_S, CPU_FACTOR = 3, 15
WALL_S = 300


def mutated_files():
    files = [f for folder in ("core", "cluster") for f in sorted((KERNEL / folder).glob("*.[ch]"))]
    return [str(f.relative_to(KERNEL)) for f in files] + ["gen/dlm_modes.c"]


def compile_command(source, extra=()):
    folder = source.parent
    return ["gcc", *FLAGS, *extra, f"-I{ROOT}/tests", f"-I{KERNEL}", f"-I{ROOT}/uapi", "-iquote", f"{folder}"]


class Sources:
    """Which .c files have to be compiled when a file changes."""

    def __init__(self):
        self.units = [f for layer in ("core", "cluster", "session", "wire", "gen")
                      for f in sorted((KERNEL / layer).glob("*.c"))]
        self.users = {}
        with ThreadPoolExecutor() as pool:
            rules = list(pool.map(self._dependencies, self.units))
        for unit, out in zip(self.units, rules):
            for word in out.replace("\\\n", " ").split()[1:]:
                self.users.setdefault(str(Path(word).resolve()), []).append(unit)

    @staticmethod
    def _dependencies(unit):
        return subprocess.run(compile_command(unit) + ["-MM", str(unit)], check=True,
                              capture_output=True, text=True).stdout

    def units_of(self, file):
        path = KERNEL / file
        return [path] if path.suffix == ".c" else self.users.get(str(path), [])


class Killer:
    def __init__(self, line):
        program, *self.arguments = shlex.split(line)
        self.name = Path(program).name
        self.program = BUILD / "tests" / program
        self.cpu_s = CPU_FLOOR_S

    def measure(self):
        """Must pass on the code as it is; its time gives the limit for mutants."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        if self.kills(None):
            sys.exit(f"mutants: {self.name} fails on the code as it is")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu_s = int(max(CPU_FLOOR_S, CPU_FACTOR * (after.ru_utime - before.ru_utime)))

    def _limit(self):
        resource.setrlimit(resource.RLIMIT_CPU, (self.cpu_s, self.cpu_s))
        resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def kills(self, library):
        # Freed memory is overwritten, so that a use of it shows.
        env = dict(os.environ, MALLOC_PERTURB_="165")
        if library:
            env["LD_PRELOAD"] = str(library)
        try:
            return subprocess.run([self.program, *self.arguments], env=env, timeout=WALL_S,
                                  preexec_fn=self._limit, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL).returncode != 0
        except subprocess.TimeoutExpired:
            return True


class Trial:
    """Compiles one mutant and runs the tests over it."""

    def __init__(self, sources, killers):
        self.sources = sources
        self.killers = killers
        self.originals = {}
        self.texts = {}

    def _compile(self, file, text, out, folder):
        """Objects of all units that see @text in place of @file; None: it does not compile."""
        objects = []
        for unit in self.sources.units_of(file):
            source, overlay = unit, []
            if unit == KERNEL / file:
                source = folder / "mutant.c"
                source.write_text(f'#line 1 "{unit}"\n{text}')
            else:
                header = folder / "include" / file
                header.parent.mkdir(parents=True, exist_ok=True)
                header.write_text(f'#line 1 "{KERNEL / file}"\n{text}')
                overlay = [f"-I{folder}/include"]
            target = folder / f"{out}-{unit.parent.name}-{unit.stem}.o"
            command = compile_command(unit)
            command[1:1] = overlay
            if subprocess.run([*command, "-c", str(source), "-o", str(target)],
                              stderr=subprocess.DEVNULL).returncode:
                return None
            objects.append(target)
        return objects

    def prepare(self, file):
        self.texts[file] = (KERNEL / file).read_text()
        with tempfile.TemporaryDirectory() as folder:
            objects = self._compile(file, self.texts[file], "original", Path(folder))
            if objects is None:
                sys.exit(f"mutants: {file} does not compile as it is")
            self.originals[file] = {o.name.replace("original-", ""): o.read_bytes()
                                    for o in objects}

    def verdict(self, mutant):
        text = self.texts[mutant.file]
        text = text[:mutant.start] + mutant.new + text[mutant.end:]
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            objects = self._compile(mutant.file, text, "mutant", folder)
            if objects is None:
                return "not compiled"
            original = self.originals[mutant.file]
            if all(o.read_bytes() == original[o.name.replace("mutant-", "")] for o in objects):
                return "same code"
            library = folder / "mutant.so"
            subprocess.run(["gcc", "-shared", "-o", str(library), *map(str, objects)], check=True)
            own = mutant.file.split("/")[0]
            for killer in sorted(self.killers, key=lambda k: k.name != f"dlm_unit_{own}"):
                if killer.kills(library):
                    return killer.name
        return "alive"


def killer_lines():
    """Those of the file, then each run that once showed a defect (tests/sim/regressions)."""
    regressions = sorted((ROOT / "tests/sim/regressions").glob("[!R]*"))
    lines = (HERE / "killers").read_text().splitlines()
    for file in regressions:
        lines += [f"sim/dlm_sim {line}" for line in file.read_text().splitlines()]
    return [line for line in lines if line.strip() and not line.startswith("#")]


def read_list(path):
    if not path.exists():
        return {}
    entries, reason = {}, ""
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            continue
        if line.startswith("- "):
            entries[line[2:].strip()] = reason
        elif line.strip():
            reason = line.strip()
    return entries


def choose(files, options):
    mutants = []
    for file in files:
        mutants += operators.find(file, (KERNEL / file).read_text())
    if options.again:
        alive = set((BUILD / "alive").read_text().splitlines())
        mutants = [m for m in mutants if m.key in alive]
    return mutants[::options.every]


def report(results, whole, excused, known):
    """Prints the table; True if all is well."""
    per_file, killers = {}, Counter()
    alive, wrong = [], False
    for mutant, verdict in results:
        row = per_file.setdefault(mutant.file, Counter())
        row[verdict if verdict in ("alive", "same code", "not compiled") else "killed"] += 1
        if verdict == "alive":
            alive.append(mutant)
        elif verdict not in ("same code", "not compiled"):
            killers[verdict] += 1
            if mutant.key in excused:
                print(f"killed by {verdict}, take it off the list: {mutant.key}")
                wrong = True
    for key in excused.keys() - known:
        print(f"no such mutant, take it off the list: {key}")
        wrong = True
    for mutant in alive:
        if mutant.key not in excused:
            print(f"alive: kernel/{mutant.file}:{mutant.line}: {mutant.operator}\n  {mutant.key}")
            wrong = True

    print(f"{'file':<24}{'mutants':>8}{'killed':>8}{'alive':>7}{'%':>8}")
    total = Counter()
    for file, row in per_file.items():
        total += row
        counted = row["killed"] + row["alive"]
        if counted:
            print(f"{file:<24}{counted:>8}{row['killed']:>8}{row['alive']:>7}"
                  f"{100 * row['killed'] / counted:>8.1f}")
    counted = total["killed"] + total["alive"]
    percent = 100 * total["killed"] / counted if counted else 0
    print("killed by: " + ", ".join(f"{name} {n}" for name, n in killers.most_common()))
    print(f"not counted: {total['same code']} give the same code, "
          f"{total['not compiled']} do not compile")
    print(f"{total['killed']} of {counted} mutants killed, {percent:.1f} %, wanted "
          f"{WANTED_PERCENT:.0f} %; {total['alive']} alive, "
          f"{sum(m.key in excused for m in alive)} of them excused")
    return not wrong and (not whole or percent >= WANTED_PERCENT)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()

    files = [f.removeprefix("kernel/") for f in options.files] or mutated_files()
    mutants = choose(files, options)
    if options.list:
        for m in mutants:
            print(f"{m.operator}: {m.key}")
        return 0
    if not mutants:
        sys.exit("mutants: nothing to do")
    killers = [Killer(line) for line in killer_lines()]
    for killer in killers:
        killer.measure()
    trial = Trial(Sources(), killers)
    known_dead = {}
    if options.resume and (BUILD / "verdicts").exists():
        for line in (BUILD / "verdicts").read_text().splitlines():
            verdict, _, key = line.partition("\t")
            if verdict != "alive":
                known_dead[key] = verdict

    def judge(mutant):
        return known_dead.get(mutant.key) or trial.verdict(mutant)

    start = time.monotonic()
    jobs = int(os.environ.get("JOBS") or os.cpu_count())
    results = []
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(trial.prepare, {m.file for m in mutants}))
    with ThreadPoolExecutor(jobs) as pool, open(BUILD / "verdicts", "w") as log:
        for mutant, verdict in zip(mutants, pool.map(judge, mutants)):
            results.append((mutant, verdict))
            print(f"{verdict}\t{mutant.key}", file=log, flush=True)
    print(f"{len(mutants)} mutants in {time.monotonic() - start:.0f} s")

    whole = options.every == 1 and not options.again and not options.files
    if not options.every > 1:
        alive = [m.key for m, verdict in results if verdict == "alive"]
        (BUILD / "alive").write_text("".join(f"{key}\n" for key in alive))
    excused = read_list(HERE / "unseen")
    known = {m.key for f in mutated_files() for m in
             operators.find(f, (KERNEL / f).read_text())}
    return 0 if report(results, whole, excused, known) else 1


sys.exit(main())
