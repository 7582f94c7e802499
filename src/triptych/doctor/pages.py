"""What the doctor found, for a terminal and as JSON."""

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic_core import to_jsonable_python
from tabulate import tabulate

from triptych.doctor.estimates import Estimate
from triptych.doctor.examination import Examination
from triptych.doctor.records import RECORDS, JobRecord
from triptych.doctor.supplies import Supply

_WIDTH = 96
_DEAREST = 6


def as_text(found: Examination) -> str:
    """One screen: jobs, data, machine, time with its basis, obstacles."""
    run = " ".join([found.panel or "everything", *(f"with {path}" for path in found.overlays)])
    parts = [f"Scale {found.scale}, {run}: {_count(len(found.estimates), 'job')} to run"]
    if found.estimates:
        parts += [_jobs(found.estimates), _supplies(found), _machine(found), _time(found)]
    parts.append(_obstacles(found))
    return "\n\n".join(filter(None, parts))


def as_json(found: Examination) -> str:
    """Everything, each job with the record that its estimate comes from."""
    content = to_jsonable_python(found, fallback=vars)
    doubtful = [each.job.name for each in found.doubtful]
    more = {"bytes_to_bring": found.bytes_to_bring, "doubtful": doubtful}
    return json.dumps({**content, **more}, indent=1)


def _jobs(estimates: Sequence[Estimate]) -> str:
    """The rules that take most of the time, and the others together."""
    rules: dict[str, list[Estimate]] = {}
    for each in estimates:
        rules.setdefault(each.job.rule, []).append(each)
    dearest = sorted(rules, key=lambda rule: -_seconds(rules[rule]))
    # What has no record at all may be the dearest: most likely what asks for most memory.
    dark = [rule for rule in rules if all(each.basis == "unknown" for each in rules[rule])]
    dark.sort(key=lambda rule: -rules[rule][0].job.memory_mb)
    shown = list(dict.fromkeys([*dearest[:_DEAREST], *dark[: _DEAREST // 2]]))
    rest = [each for rule in rules if rule not in shown for each in rules[rule]]
    rows = [(rule, rules[rule]) for rule in shown]
    rows += [(_count(len(rules) - len(shown), "other rule"), rest)] if rest else []
    return tabulate(
        [(name, len(group), *_columns(group)) for name, group in rows],
        headers=("rule", "jobs", "one after another", "without a record"),
        colalign=("left", "right", "right", "right"),
        disable_numparse=True,
    )


def _columns(group: Sequence[Estimate]) -> tuple[str, str]:
    unknown = sum(each.basis == "unknown" for each in group)
    known = any(each.seconds is not None for each in group)
    return (duration(_seconds(group)) if known else "not known"), str(unknown or "")


def _supplies(found: Examination) -> str:
    if not found.supplies:
        return "Data and weights: nothing from outside"
    rows = [(supply.name, *_state(supply)) for supply in found.supplies]
    table = tabulate(rows, tablefmt="plain", disable_numparse=True)
    return f"Data and weights\n{textwrap.indent(table, '  ')}"


def _state(supply: Supply) -> tuple[str, str]:
    places = {
        "by hand only": supply.nowhere,
        "will be downloaded": supply.on_network,
        "will be copied from the mirror": supply.in_mirror,
        "there": supply.there,
    }
    said = ", ".join(
        place if count == supply.files else f"{count} of {supply.files} {place}"
        for place, count in places.items()
        if count
    )
    sizes = [_bytes(supply.bytes)] if supply.bytes else []
    sizes += [f"{_count(supply.unsized, 'file')} of unknown size"] if supply.unsized else []
    return said, " and ".join(sizes)


def _machine(found: Examination) -> str:
    machine = found.machine
    gpus = ", ".join(f"{n} x {name}" for name, n in Counter(machine.gpus).items()) or "no GPU"
    rows = (
        ("devices", f"{machine.cpu}, {_count(machine.cores, 'core')}; {gpus}"),
        ("memory", _memory(found)),
        ("disk", _disk(found)),
    )
    return "This machine\n" + "\n".join(_wrapped(*row) for row in rows)


def _memory(found: Examination) -> str:
    machine, largest = found.machine, max(found.estimates, key=lambda each: each.needed_mb)
    source = "recorded" if largest.measured_mb else "as its rule asks; not recorded"
    text = (
        f"{_bytes(machine.memory_bytes)}, {_bytes(machine.free_memory_bytes)} free; needed: "
        f"{_bytes(found.memory_mb * 1e6)} for {_count(machine.cores, 'job')} at a time, at most "
        f"{_bytes(largest.needed_mb * 1e6)} for one ({largest.job.rule}, {source})"
    )
    short = largest.needed_mb * 1e6 > machine.memory_bytes
    return text + (": more than this machine has" if short else "")


def _disk(found: Examination) -> str:
    unsized = sum(supply.unsized for supply in found.supplies)
    unknown = sum(each.bytes is None and each.basis != "fetched" for each in found.estimates)
    needs = [f"{_bytes(found.bytes_to_bring)} of data and weights"] * bool(found.bytes_to_bring)
    needs += [f"{_count(unsized, 'file')} of unknown size"] * bool(unsized)
    needs += [f"{_bytes(found.result_bytes)} of results"]
    needs += [f"the results of {_count(unknown, 'job')} without a record"] * bool(unknown)
    return f"{_bytes(found.machine.free_disk_bytes)} free; needed: {', '.join(needs)}"


def _time(found: Examination) -> str:
    time, cores = found.duration, _count(found.machine.cores, "core")
    unknown = sum(each.basis == "unknown" for each in found.estimates)
    least = "at least " if unknown else "about "
    shortest, longest = duration(time.shortest), duration(time.longest)
    # Two ends that read alike are not two.
    span = (
        f"{longest} on {cores}, by the clock of the recorded jobs"
        if shortest == longest
        else f"{shortest} (CPU time of the recorded jobs) to {longest} (their time by the clock, "
        f"beside whatever else ran) on {cores}"
    )
    lines = [
        f"{least}{span}",
        f"by the clock: {duration(time.one_by_one)} one job after another, "
        f"{duration(time.chain)} with any number of cores",
        *_bases(found),
    ]
    return "Time\n" + "\n".join(_wrapped("-", line) for line in lines)


def _bases(found: Examination) -> list[str]:
    """Where the time comes from, and what is not in it."""
    counts = Counter(each.basis for each in found.estimates)
    sources = [(each, each.record) for each in found.estimates if each.record is not None]
    lines = [
        f"{counts['recorded']} jobs as recorded, {counts['scaled']} in proportion to their work; "
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
    here = {found.machine.cpu, *found.machine.gpus}
    if any(record.device not in here for record in records.values()):
        lines.append("this machine may be faster or slower than those of the records")
    on_cpu = sum(bool(each.job.gpus) and not record.on_gpu for each, record in sources)
    if found.machine.gpus and on_cpu:
        lines.append(
            f"{_count(on_cpu, 'job')} would use a GPU, of which there is no record: counted as on "
            "a CPU; how long a GPU takes is not known"
        )
    return lines


def _origins(records: Iterable[JobRecord]) -> list[str]:
    devices: dict[str, list[JobRecord]] = {}
    for record in records:
        devices.setdefault(record.device, []).append(record)
    return [
        f"{len(group)} of {device} at {', '.join(dict.fromkeys(r.commit[:7] for r in group))}"
        for device, group in devices.items()
    ]


def _obstacles(found: Examination) -> str:
    said = [_doubt(found)] if found.doubtful else []
    if found.obstacles:
        said.append(f"In the way: {_count(len(found.obstacles), 'obstacle')}")
        said += map(str, found.obstacles)
    if not said:
        return "Nothing is in the way." if found.estimates else "Nothing is to be done."
    return "\n\n".join(said)


def _doubt(found: Examination) -> str:
    largest = found.doubtful[0].job
    return textwrap.fill(
        f"Perhaps in the way: {_count(len(found.doubtful), 'job')} may need more memory than the "
        f"{_bytes(found.machine.memory_bytes)} that this machine has. {largest.rule} asks for "
        f"{_bytes(largest.memory_mb * 1e6)}; what it takes is not recorded, and on one machine "
        "Snakemake starts it all the same.",
        _WIDTH,
        break_on_hyphens=False,
    )


def _seconds(group: Iterable[Estimate]) -> float:
    return sum(each.seconds or 0 for each in group)


def duration(seconds: float) -> str:
    """Seconds in the unit in which one speaks of them, such as ``2.5 h``."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            value = seconds / size
            return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
    return f"{seconds:.0f} s"


def _bytes(size: float) -> str:
    for factor, unit in ((1e9, "GB"), (1e6, "MB")):
        if size >= factor:
            value = size / factor
            return f"{value:,.0f} {unit}" if value >= 10 else f"{value:.1f} {unit}"
    return f"{size / 1e3:.0f} kB"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _wrapped(name: str, text: str) -> str:
    head = f"  {name} " if name == "-" else f"  {name:8} "
    return textwrap.fill(
        text, _WIDTH, initial_indent=head, subsequent_indent=" " * len(head), break_on_hyphens=False
    )
