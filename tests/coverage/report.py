# SPDX-License-Identifier: GPL-2.0-or-later
"""
Usage: report.py BUILD-DIR

The share of branches of kernel/core that the programs run so far have taken, file by file, from gcov's
counters in BUILD-DIR. Fails below the wanted share, for a branch not taken that tests/coverage/missing
does not explain, and for an explanation that is not needed any more. Called by scripts/coverage.
"""
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WANTED_PERCENT = 95.0


def read_missing():
    """Key of a branch (file:function: line of source): reason above it."""
    entries, reason = {}, ""
    for line in (ROOT / "tests/coverage/missing").read_text().splitlines():
        if line.startswith("- "):
            entries[line[2:].strip()] = reason
        elif line.strip() and not line.startswith("#"):
            reason = line.strip()
    return entries


def branches(build):
    """(file, function, line number): [times each branch was taken], of kernel/core."""
    found = {}
    for data in sorted(Path(build).glob("tests/CMakeFiles/dlm_pure.dir/__/kernel/core/*.gcda")):
        out = subprocess.run(["gcov", "-b", "--json-format", "--stdout", str(data)], check=True,
                             capture_output=True, text=True, cwd=build).stdout
        report = json.loads(out)
        for entry in report["files"]:
            path = (Path(report["current_working_directory"]) / entry["file"]).resolve()
            if not path.is_relative_to(ROOT / "kernel/core"):
                continue
            for line in entry["lines"]:
                key = (str(path.relative_to(ROOT)), line["function_name"], line["line_number"])
                counts = [b["count"] for b in line["branches"]]
                # A function of a header is compiled into many files: the sum counts.
                before = found.get(key, [0] * len(counts))
                found[key] = [a + b for a, b in zip(before, counts)]
    return found


def main():
    build = Path(sys.argv[1]).resolve()
    missing = read_missing()
    files, untaken = {}, {}
    for (file, function, number), counts in branches(build).items():
        row = files.setdefault(file, [0, 0])
        row[0] += len(counts)
        row[1] += sum(c > 0 for c in counts)
        if any(c == 0 for c in counts):
            text = " ".join((ROOT / file).read_text().splitlines()[number - 1].split())
            untaken[f"{file}:{function}: {text}"] = number
    if not files:
        sys.exit("coverage: no counters, nothing was run")

    wrong = False
    for key, number in untaken.items():
        if key not in missing:
            print(f"not taken, line {number}: {key}")
            wrong = True
    for key in missing.keys() - untaken.keys():
        print(f"taken, or gone, take it off the list: {key}")
        wrong = True
    total = taken = 0
    print(f"{'file':<28}{'branches':>9}{'taken':>7}{'%':>8}")
    for file, (count, hit) in sorted(files.items()):
        total, taken = total + count, taken + hit
        if count:
            print(f"{file:<28}{count:>9}{hit:>7}{100 * hit / count:>8.1f}")
    percent = 100 * taken / total
    print(f"{taken} of {total} branches of kernel/core taken, {percent:.1f} %, wanted "
          f"{WANTED_PERCENT:.0f} %; {len(untaken)} lines with one not taken, "
          f"{len(untaken.keys() & missing.keys())} of them explained")
    return 1 if wrong or percent < WANTED_PERCENT else 0


sys.exit(main())
