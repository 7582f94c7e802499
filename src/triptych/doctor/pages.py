"""The doctor's answer, for a terminal and as JSON."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic_core import to_jsonable_python
from tabulate import tabulate

from triptych.doctor.budget import Decision
from triptych.doctor.estimates import Estimate
from triptych.doctor.examination import Examination
from triptych.doctor.gpus import LESS_MEMORY, THROUGHPUT, gpu_seconds, group_needs
from triptych.doctor.records import RECORDS, JobRecord
from triptych.doctor.supplies import Supply
from triptych.drawing.quantities import duration, file_size

_WIDTH = 96
_MOST_RULES = 6


def as_text(run: Examination) -> str:
    """Describe jobs, data, machine, time and its basis, and obstacles on one screen."""
    target = " ".join([run.panel or "everything", *(f"with {path}" for path in run.overlays)])
    parts = [f"Scale {run.scale}, {target}: {_count(len(run.estimates), 'job')} to run"]
    if run.estimates:
        parts += [_jobs(run.estimates), _supplies(run), _machine(run), _gpus(run), _time(run)]
    parts.append(_obstacles(run))
    return "\n\n".join(filter(None, parts))


def as_json(run: Examination, decided: Sequence[Decision] = ()) -> str:
    """Write everything, each job with the record that its estimate comes from."""
    content = to_jsonable_python(run, fallback=vars)
    doubtful = [each.job.name for each in run.doubtful]
    more = {"bytes_to_bring": run.bytes_to_bring, "doubtful": doubtful}
    if decided:
        more["claims_by_cost"] = to_jsonable_python(decided)
    return json.dumps({**content, **more}, indent=1)


def _jobs(estimates: Sequence[Estimate]) -> str:
    """List the rules that take the most time, and a total of the others."""
    rules: dict[str, list[Estimate]] = {}
    for each in estimates:
        rules.setdefault(each.job.rule, []).append(each)
    longest = sorted(rules, key=lambda rule: -_seconds(rules[rule]))
    # Rules without a record may take longest; large memory requests are a sign of it.
    unknown = [rule for rule in rules if all(each.basis == "unknown" for each in rules[rule])]
    unknown.sort(key=lambda rule: -rules[rule][0].job.memory_mb)
    shown = list(dict.fromkeys([*longest[:_MOST_RULES], *unknown[: _MOST_RULES // 2]]))
    rest = [each for rule in rules if rule not in shown for each in rules[rule]]
    rows = [(rule, rules[rule]) for rule in shown]
    rows += [(_count(len(rules) - len(shown), "other rule"), rest)] if rest else []
    return tabulate(
        [(name, len(group), *_columns(group)) for name, group in rows],
        headers=("rule", "jobs", "one after another", "without a record"),
        colalign=("left", "right", "right", "right"),
        disable_numparse=True,
    )


def _known_duration(seconds: float | None) -> str:
    return "not known" if seconds is None else duration(seconds)


def _columns(group: Sequence[Estimate]) -> tuple[str, str]:
    unknown = sum(each.basis == "unknown" for each in group)
    known = any(each.seconds is not None for each in group)
    return _known_duration(_seconds(group) if known else None), str(unknown or "")


def _supplies(run: Examination) -> str:
    if not run.supplies:
        return "Data and weights: none needed"
    rows = [(supply.name, *_state(supply), supply.license) for supply in run.supplies]
    table = tabulate(rows, tablefmt="plain", disable_numparse=True)
    return f"Data and weights\n{textwrap.indent(table, '  ')}"


def _state(supply: Supply) -> tuple[str, str]:
    places = {
        "by hand only": supply.nowhere,
        "will be downloaded": supply.on_network,
        "will be copied from the mirror": supply.in_mirror,
        "will be copied from an installed package": supply.in_package,
        "present": supply.there,
    }
    said = ", ".join(
        place if count == supply.files else f"{count} of {supply.files} {place}"
        for place, count in places.items()
        if count
    )
    sizes = [file_size(supply.bytes)] if supply.bytes else []
    sizes += [f"{_count(supply.unsized, 'file')} of unknown size"] if supply.unsized else []
    return said, " and ".join(sizes)


def _machine(run: Examination) -> str:
    machine = run.machine
    counts = Counter(gpu.name for gpu in machine.gpus)
    gpus = ", ".join(f"{n} x {name}" for name, n in counts.items()) or "no GPU"
    rows = (
        ("devices", f"{machine.cpu}, {_count(machine.cores, 'core')}; {gpus}"),
        ("memory", _memory(run)),
        ("disk", _disk(run)),
    )
    return "This machine\n" + "\n".join(_wrapped(*row) for row in rows)


def _memory(run: Examination) -> str:
    machine, largest = run.machine, max(run.estimates, key=lambda each: each.needed_mb)
    source = "recorded" if largest.measured_mb else "requested by its rule, not recorded"
    text = (
        f"{file_size(machine.memory_bytes)}, {file_size(machine.free_memory_bytes)} free; needed: "
        f"{file_size(run.memory_mb * 1e6)} for {_count(machine.cores, 'job')} at a time, at most "
        f"{file_size(largest.needed_mb * 1e6)} for one ({largest.job.rule}, {source})"
    )
    short = largest.needed_mb * 1e6 > machine.memory_bytes
    return text + (": more than this machine has" if short else "")


def _disk(run: Examination) -> str:
    unsized = sum(supply.unsized for supply in run.supplies)
    unknown = sum(each.bytes is None and each.basis != "fetched" for each in run.estimates)
    needs = [f"{file_size(run.bytes_to_bring)} of data and weights"] * bool(run.bytes_to_bring)
    needs += [f"{_count(unsized, 'file')} of unknown size"] * bool(unsized)
    needs += [f"{file_size(run.result_bytes)} of results"]
    needs += [f"the results of {_count(unknown, 'job')} without a record"] * bool(unknown)
    return f"{file_size(run.machine.free_disk_bytes)} free; needed: {', '.join(needs)}"


def _gpus(run: Examination) -> str:
    """List what each kind of job needs of a GPU."""
    jobs = group_needs(run.estimates)
    if not jobs:
        return ""
    seconds = {need: gpu_seconds(need) for need in jobs}
    rows = [
        (need.name, count, need.precision, file_size(need.bytes), _known_duration(seconds[need]))
        for need, count in sorted(jobs.items(), key=lambda job: -job[0].bytes)
    ]
    table = tabulate(
        rows,
        headers=("", "jobs", "precision", "memory", "time of one"),
        colalign=("left", "right", "left", "right", "right"),
        disable_numparse=True,
    )
    lines = [
        "estimates from the layers of each network; none was measured",
        "memory: maps kept for the backward pass, weights, gradients, optimizer; CUDA and"
        " temporary maps take some GB more",
        f"where memory is too small: {LESS_MEMORY}",
    ]
    total = sum((seconds[need] or 0) * count for need, count in jobs.items())
    if total:
        least = "at least " if None in seconds.values() else ""
        lines.append(
            f"time: {least}{duration(total)} of one GPU in all, at {THROUGHPUT / 1e12:.0f} TFLOP/s,"
            " which an H100 or H200 may reach in bfloat16"
        )
    text = "\n".join(_wrapped("-", line) for line in lines)
    return f"GPU\n{textwrap.indent(table, '  ')}\n{text}"


def _time(run: Examination) -> str:
    time, cores = run.duration, _count(run.machine.cores, "core")
    unknown = sum(each.basis == "unknown" for each in run.estimates)
    least = "at least " if unknown else "about "
    shortest, longest = duration(time.shortest), duration(time.longest)
    span = (
        f"{longest} on {cores}, from the wall time of the recorded jobs"
        if shortest == longest
        else f"{shortest} (CPU time of the recorded jobs) to {longest} (their wall time, which "
        f"other programs may have lengthened) on {cores}"
    )
    if all(each.seconds is None for each in run.estimates):
        return "\n".join(["Time", *(_wrapped("-", line) for line in ("not known", *_bases(run)))])
    lines = [
        f"{least}{span}",
        f"wall time: {duration(time.one_by_one)} one job after another, "
        f"{duration(time.chain)} with any number of cores",
        *_bases(run),
    ]
    return "Time\n" + "\n".join(_wrapped("-", line) for line in lines)


def _bases(run: Examination) -> list[str]:
    """List the sources of the time, and the jobs that are not counted."""
    counts = Counter(each.basis for each in run.estimates)
    sources = [(each, each.record) for each in run.estimates if each.record is not None]
    lines = [
        f"{counts['recorded']} jobs as recorded, {counts['scaled']} scaled by their work; "
        f"not counted: {counts['unknown']} without a record"
        + (f", {counts['fetched']} fetching data" if counts["fetched"] else "")
    ]
    records = {record.name: record for _, record in sources}
    if records:
        lines.append(f"records, in {RECORDS}: {'; '.join(_origins(records.values()))}")
    scaled = [pair for pair in sources if pair[0].basis == "scaled"]
    if scaled:
        each, record = max(scaled, key=lambda pair: pair[0].seconds or 0)
        lines.append(
            f"scaled most: {each.job.name} does {each.factor:,.3g} times the work of "
            f"{record.name}, which took {duration(record.seconds)}"
        )
    here = {run.machine.cpu, *(gpu.name for gpu in run.machine.gpus)}
    if any(record.device not in here for record in records.values()):
        lines.append("this machine may be faster or slower than the machines of the records")
    on_cpu = sum(bool(each.job.gpus) and not record.on_gpu for each, record in sources)
    if run.machine.gpus and on_cpu:
        lines.append(
            f"{_count(on_cpu, 'job')} would use a GPU, but only CPU records exist; the time on a "
            "GPU is not known"
        )
    return lines


def _origins(records: Iterable[JobRecord]) -> list[str]:
    devices: dict[str, list[str]] = {}
    for record in records:
        devices.setdefault(record.device, []).append(record.commit[:7])
    return [
        f"{len(commits)} on {device} at {', '.join(dict.fromkeys(commits))}"
        for device, commits in devices.items()
    ]


def _obstacles(run: Examination) -> str:
    parts = [_doubt(run)] if run.doubtful else []
    if run.obstacles:
        parts.append(_count(len(run.obstacles), "obstacle"))
        parts += map(str, run.obstacles)
    if not parts:
        return "No obstacles." if run.estimates else "Nothing to do."
    return "\n\n".join(parts)


def _doubt(run: Examination) -> str:
    largest = run.doubtful[0].job
    return textwrap.fill(
        f"Possible obstacle: {_count(len(run.doubtful), 'job')} may need more memory than the "
        f"{file_size(run.machine.memory_bytes)} of this machine. {largest.rule} requests "
        f"{file_size(largest.memory_mb * 1e6)}. Its real use is not recorded. On one machine "
        "Snakemake starts it anyway.",
        _WIDTH,
        break_on_hyphens=False,
    )


def _seconds(group: Iterable[Estimate]) -> float:
    return sum(each.seconds or 0 for each in group)


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _wrapped(name: str, text: str) -> str:
    head = f"  {name} " if name == "-" else f"  {name:8} "
    return textwrap.fill(
        text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    )
