"""`triptych doctor --budget`: the claims that can be decided within some hours of one core."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from doctor_cases import job
from support import ROOT

from triptych.claims.claims import Basis, Claim, Tolerance, value_claim
from triptych.doctor.budget import Decision, as_text, decisions, known_claims
from triptych.doctor.estimates import Estimate
from triptych.panels import PANELS

RESULTS = "results/lab/adversarial"
NETWORKS = ("natural", "secret")


def claim(network: str) -> Claim:
    basis, tolerance = Basis("retrained", 1), Tolerance(0.02, False)
    return value_claim("adversarial", "table2", f"{network}/0.10", 0.5, None, tolerance, basis)


def estimates(hours: dict[str, float | None]) -> list[Estimate]:
    """A run of panel 1 with a training and an attack of each network, and the tables of both."""
    jobs = {
        "data": job("data", outputs=("data/prepared/lab/mnist/train.safetensors",)),
        **{
            f"train {name}": job(
                name,
                inputs=("data/prepared/lab/mnist/train.safetensors",),
                outputs=(f"{RESULTS}/models/{name}.safetensors",),
            )
            for name in NETWORKS
        },
        **{
            f"score {name}": job(
                name,
                inputs=(f"{RESULTS}/models/{name}.safetensors",),
                outputs=(f"{RESULTS}/scores/{name}/random_start.safetensors",),
            )
            for name in NETWORKS
        },
        "curves": job(
            "curves",
            inputs=tuple(f"{RESULTS}/scores/{name}/random_start.safetensors" for name in NETWORKS),
            outputs=(f"{RESULTS}/curves.csv",),
        ),
        "claims": job(
            "claims", inputs=(f"{RESULTS}/curves.csv",), outputs=(f"{RESULTS}/claims.csv",)
        ),
    }
    seconds = {name: hours.get(name, 0.0) for name in jobs}
    return [
        Estimate(each, "recorded", cpu_seconds=None if time is None else time * 3600)
        for each, time in zip(jobs.values(), seconds.values(), strict=True)
    ]


def decided(
    hours: dict[str, float | None], *claims: Claim, budget: float = 100.0
) -> list[Decision]:
    return decisions(SimpleNamespace(estimates=estimates(hours), scale="lab"), claims, budget)


def test_a_claim_needs_the_jobs_on_which_it_depends_and_shared_jobs_count_once() -> None:
    hours = {"data": 1.0, "train natural": 2.0, "score natural": 1.0, "train secret": 20.0}
    claims = [claim("secret"), claim("natural"), claim("natural")]
    found = decided(hours, *claims)
    assert [(each.claims, each.count) for each in found] == [("*/natural/*", 2), ("*/secret/*", 1)]
    assert [each.seconds for each in found] == [4 * 3600, 20 * 3600]
    assert [each.total for each in found] == [4 * 3600, 24 * 3600]


def test_what_a_claim_shares_with_cheaper_ones_costs_nothing_more() -> None:
    hours = {"data": 2.0, "train natural": 1.0, "train secret": 1.5}
    # Dearer than the secret network's own training, cheaper than that and the data.
    other = job(
        "lab/personalization/claims",
        inputs=("results/lab/personalization/table1.csv",),
        outputs=("results/lab/personalization/claims.csv",),
    )
    table = job("table", outputs=("results/lab/personalization/table1.csv",))
    more = [Estimate(other, "recorded", cpu_seconds=0.0)]
    more += [Estimate(table, "recorded", cpu_seconds=3.2 * 3600)]
    run = SimpleNamespace(estimates=[*estimates(hours), *more], scale="lab")
    sentence = replace(claim("natural"), panel="personalization", artifact="text", key="a")
    order = decisions(run, [sentence, claim("secret"), claim("natural")], 100.0)
    assert [each.claims for each in order] == ["*/natural/*", "*/secret/*", "*"]


def test_the_hours_decide_what_is_named_first() -> None:
    hours, claims = (
        {"train natural": 2.0, "train secret": 20.0},
        (claim("secret"), claim("natural")),
    )

    def text(budget: float) -> str:
        return as_text(decided(hours, *claims, budget=budget), budget)

    within, beyond = text(2.0).split("Claims beyond them")
    assert "*/natural/*" in within
    assert "*/secret/*" in beyond
    assert "none" in text(1.9).split("Claims beyond them")[0]
    assert "beyond" not in text(22.0)


def test_each_decision_says_whether_the_hours_suffice_for_it() -> None:
    hours, claims = (
        {"train natural": 2.0, "train secret": None},
        (claim("secret"), claim("natural")),
    )
    assert [each.within for each in decided(hours, *claims, budget=1.9)] == [False, False]
    assert [each.within for each in decided(hours, *claims, budget=2.0)] == [True, False]


def test_claims_that_no_rule_names_are_all_others() -> None:
    others = Decision("adversarial", "*", 7, 3600.0, 3600.0, True, 0)
    line = next(line for line in as_text([others], 2.0).splitlines() if " 7 " in line)
    assert line.split() == ["adversarial", "all", "others", "7", "1.00", "1.00"]


def test_claims_whose_jobs_have_no_record_are_named_apart() -> None:
    found = decided({"train secret": None}, claim("secret"), claim("natural"))
    assert [(each.claims, each.total, each.unrecorded) for each in found] == [
        ("*/natural/*", 0.0, 0),
        ("*/secret/*", None, 1),
    ]
    assert "*/secret/*" in as_text(found, 100.0).split("not known")[1]


def test_a_download_is_no_work_of_this_machine() -> None:
    run = estimates({})
    run[0] = Estimate(run[0].job, "fetched")
    (found,) = decisions(SimpleNamespace(estimates=run, scale="lab"), [claim("natural")], 1.0)
    assert found.unrecorded == 0


def test_claims_of_an_adopted_run_stand_for_those_of_a_run_that_is_not_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    panels = {claim.panel for claim in known_claims("paper", PANELS)}
    assert panels == {"adversarial", "segmentation", "personalization"}
    assert {claim.panel for claim in known_claims("paper", ["segmentation"])} == {"segmentation"}
