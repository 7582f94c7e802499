"""The findings: their topics are there, and their numbers follow the tables."""

import pandas as pd
import pytest
from scored_faces import PLANNED, PUBLISHED, features_of

from triptych.personalization.artifacts.comparisons import comparisons_table, read_effects
from triptych.personalization.artifacts.findings import Tables, findings_text
from triptych.personalization.artifacts.numbers import Numbers
from triptych.personalization.artifacts.scores import networks_table, scores_table, seeds_table
from triptych.personalization.artifacts.scoring import score_all
from triptych.personalization.methods import VARIANTS
from triptych.personalization.steps import reporting

_PUBLISHED = PUBLISHED / "personalization" / "table1.csv"
_SECTIONS = [
    "What this run decides",
    "Fine-tuning and self-attention",
    "The floor of a Fréchet distance",
    "Equation 5 and the inception score",
    "The order of the methods",
    "Identity",
    "Prompts and faces",
    "Copies of the references",
    "The autoencoder",
    "Statements of the paper, and their reading here",
    "Differences from the paper's setting",
]


class Run:
    """The tables of one run, which a test may change before the findings are written."""

    def __init__(self, **options):
        seen = features_of(**options)
        found, extractor = score_all(seen, 1), seen.extractor.name
        self.contrasts, self.effects = (
            pd.read_csv(PLANNED["contrasts"]),
            read_effects(PLANNED["effects"]),
        )
        self.scores = scores_table(found, seen)
        self.comparisons = comparisons_table(found, extractor, self.contrasts, self.effects)
        self.seeds = seeds_table(found, extractor)
        self.networks = networks_table(seen)
        self.published = pd.read_csv(_PUBLISHED)
        self.differences = ["The faces are drawn."]
        self.layer = self.classified = None

    def text(self):
        return findings_text(
            Numbers(self.scores, self.comparisons, self.seeds, self.networks),
            Tables(
                self.networks,
                self.scores,
                self.published,
                self.contrasts,
                self.effects,
                self.classified,
                self.layer,
            ),
            words="made-up faces",
            differences=self.differences,
        )

    def section(self, title):
        return self.text().split(f"\n## {title}\n\n")[1].split("\n## ")[0]

    def set(self, row, metric, value, half=0.0):
        at = (self.scores["method"] == row) & (self.scores["metric"] == metric)
        assert at.sum() == 1
        self.scores.loc[at, ["value", "low", "high"]] = [value, value - half, value + half]

    def compare(self, first, second, metric, value, half, verdict="undecided"):
        rows = self.comparisons
        at = (rows[["metric", "first", "second"]] == [metric, first, second]).all(axis=1)
        assert at.sum() == 1
        rows.loc[at, ["difference", "low", "high"]] = [value, value - half, value + half]
        rows.loc[at, ["verdict", "reason"]] = [verdict, "p = 0.5"]


@pytest.fixture
def run():
    return Run()


def test_every_section_has_text_and_equal_tables_give_equal_findings(run):
    sections = [part.split("\n", 1) for part in run.text().split("\n## ")[1:]]
    assert [title for title, _ in sections] == _SECTIONS
    assert all(body.strip() for _, body in sections)
    assert "nan" not in run.text()
    assert run.text() == run.text()
    assert "Scored: made-up faces." in run.text()


def test_the_gain_of_self_attention_is_told_from_that_of_tuning(run):
    run.compare("ip_adapter", "ip_adapter_self_attention", "identity", -0.2, 0.05)
    run.compare("ip_adapter", "ip_adapter_finetuned", "identity", -0.15, 0.05)
    run.compare("ip_adapter_self_attention", "ip_adapter_finetuned", "identity", 0.05, 0.1)
    section = run.section("Fine-tuning and self-attention")
    assert "(-1.36 FID, +3.35 IS)" in section
    assert (
        "identity: self-attention minus the plain adapter +0.200 (+0.150 to +0.250); fine-tuning "
        "alone minus the plain adapter +0.150 (+0.100 to +0.200); self-attention minus "
        "fine-tuning alone +0.050 (-0.050 to +0.150)." in section
    )
    run.layer = _LAYER
    pair = ("ip_adapter_self_attention", "ip_adapter_finetuned")
    for verdict, words in (("undecided", "undecided"), ("above", "IP-Adapter + self-attention is")):
        run.compare(*pair, "identity", 0.05, 0.01, verdict)
        section = run.section("Fine-tuning and self-attention")
        assert f"Whether self-attention adds identity to fine-tuning: {words}" in section


_LAYER = pd.DataFrame(
    {
        "seed": [0, 1],
        "pixels": [1.0, 1.5],
        "pixels_finetuning": [19.0, 21.0],
        "embedding": [0.06, 0.08],
    }
)


def test_a_layer_whose_images_are_alike_is_a_no_op(run):
    run.layer = _LAYER
    section = run.section("Fine-tuning and self-attention")
    assert "differ by 1.25 of 255 gray levels on average (by training seed: 1.00, 1.50)" in section
    assert "the fine-tuned and of the plain adapter differ by 20.00" in section
    assert "changes an embedding by 7.0% of its length" in section
    assert section.endswith("the layer is a no-op.\n")
    run.layer = _LAYER.assign(pixels=3.0)
    assert run.section("Fine-tuning and self-attention").endswith("is not a no-op.\n")


def test_no_single_training_decides(run):
    section = run.section("What this run decides")
    assert "face_network judges identity, face_network the distances" in section
    assert "below 0.02 is not worth naming" in section
    assert "say nothing on the paper's claims" in section
    lines = {line.split(" |")[0][2:].strip(): line for line in section.splitlines()}
    assert "undecided (one training seed)" in lines["Self-attention, or fine-tuning alone?"]
    assert "one training. Without training seeds of its own" in section
    several = Run(seeds=3, persons=12).section("What this run decides")
    assert "training seed)" not in several


def test_a_planned_difference_is_answered(run):
    run.compare("ip_adapter", "ip_adapter_avg_pool", "identity", 0.2, 0.1, "above")
    (line,) = [
        line
        for line in run.section("What this run decides").splitlines()
        if "the mean of nine" in line
    ]
    assert "IP-Adapter minus IP-Adapter + average pooling" in line
    assert "+0.200 (+0.100 to +0.300)" in line
    assert "IP-Adapter is above (p = 0.5)" in line


def test_without_the_control_the_gain_is_not_told_apart():
    section = Run(rows=["ip_adapter", "ip_adapter_self_attention"]).section(
        "Fine-tuning and self-attention"
    )
    assert "lacks one of the three rows" in section
    assert "self-attention minus the plain adapter" in section
    assert "fine-tuning alone minus" not in section


def test_the_real_halves_stand_beside_every_distance(run):
    run.set("real_photos", "fd_face_network", 1.5, 0.25)
    run.set("real_photos", "kid_face_network", 0.25, 0.25)
    section = run.section("The floor of a Fréchet distance")
    assert "7.56 to 11.82" in section
    assert "53 x 10 = 530 photos, fewer than the 2048" in section
    assert "10 photos with the 10 others of the same persons, in 6 dimensions" in section
    assert "20 images with 20 photos" in section
    (row,) = [line for line in section.splitlines() if line.startswith("| real photos   ")]
    assert "1.50 (1.25 to 1.75)" in row
    assert "0.25 (0.00 to 0.50)" in row
    # A line for each row and the heading.
    assert section.count("\n| ") == len(VARIANTS) + 3
    # Small numbers keep their digits.
    distances = run.scores["metric"] == "fd_face_network"
    run.scores.loc[distances, ["value", "low", "high"]] /= 1000
    assert "0.00150 (0.00125 to 0.00175)" in run.section("The floor of a Fréchet distance")


def test_the_published_inception_scores_are_read_as_entropies(run):
    section = run.section("Equation 5 and the inception score")
    # log(1008 / 13.56) and log(1008 / 18.72): Inception has 1008 classes.
    assert "13.56 to 18.72 mean an entropy of 4.31 to 3.99 nats" in section
    assert "no classifier of ImageNet" in section
    run.classified = pd.DataFrame(
        {
            "network": ["lite0", "lite1"],
            "n": [2541, 530],
            "is_marginal": [2.76, 2.29],
            "is_uniform": [30.4, 14.7],
            "mean_entropy": [3.49, 4.22],
        }
    )
    section = run.section("Equation 5 and the inception score")
    assert "real photos have 2.29 to 2.76. The published 13.56 to 18.72 are implausible" in section
    assert "real photos have 14.70 to 30.40. The published 13.56 to 18.72 are consistent" in section
    assert "Implausible is not impossible" in section


def test_the_two_orders_of_the_paper_disagree_on_one_pair(run):
    section = run.section("The order of the methods")
    assert (
        "By the published FID, best first: IP-Adapter + self-attention, IP-Adapter, DreamBooth, "
        "IP-Adapter + max pooling, IP-Adapter + average pooling." in section
    )
    assert (
        "By the published IS: IP-Adapter + self-attention, DreamBooth, IP-Adapter, IP-Adapter + "
        "max pooling, IP-Adapter + average pooling." in section
    )
    assert "FID and IS disagree on IP-Adapter and DreamBooth." in section
    assert "4 of the 4 published scores of pooling are worse" in section
    assert "IP-Adapter + average pooling has the worst FID" in section
    run.published.loc[0, ["is", "fid"]] = [18.0, 10.5]
    section = run.section("The order of the methods")
    assert (
        "FID and IS disagree on IP-Adapter and DreamBooth, IP-Adapter and IP-Adapter + max"
        in section
    )
    assert "3 of the 4 published scores of pooling are worse" in section


def test_our_order_counts_what_is_decided(run):
    metric = run.comparisons["metric"] == "identity"
    run.comparisons.loc[metric, "verdict"] = "undecided"
    run.compare("dreambooth", "ip_adapter", "identity", 0.3, 0.1, "above")
    run.compare("dreambooth", "text_only", "identity", 0.3, 0.1, "above")
    for value, row in enumerate(
        ("ip_adapter", "dreambooth", "ip_adapter_max_pool", "ip_adapter_self_attention")
    ):
        run.set(row, "identity", 0.1 * value)
        run.set(row, "kid_face_network", 0.1 * value)
    run.set("ip_adapter_avg_pool", "identity", 0.9)
    run.set("ip_adapter_avg_pool", "kid_face_network", 0.9)
    section = run.section("The order of the methods")
    falling = (
        "IP-Adapter + average pooling, IP-Adapter + self-attention, IP-Adapter + max pooling, "
        "DreamBooth, IP-Adapter"
    )
    assert f"In this run by identity: {falling}. 1 of 10 pairs are decided." in section
    # Of distances the smallest is best.
    rising = ", ".join(reversed(falling.split(", ")))
    assert f"In this run by kernel distance (face_network): {rising}." in section


def test_identity_comes_with_the_power_of_its_network_and_the_wrong_person(run):
    run.set("ip_adapter_other_person", "identity", -0.1, 0.05)
    run.set("ip_adapter_other_person", "identity_other", 0.6, 0.05)
    section = run.section("Identity")
    assert "AUC of 0.950 and a rank-1 of 0.90 (30 persons)" in section
    assert "identity is -0.100 (-0.150 to -0.050) for the requested person" in section
    assert "0.600 (0.550 to 0.650) for the person in the references" in section


def test_identity_above_the_text_alone_is_listed(run):
    run.compare("ip_adapter", "text_only", "identity", 0.55, 0.05)
    run.compare("dreambooth", "text_only", "identity", -0.0001, 0.0)
    section = run.section("What this run decides")
    # No minus before a zero.
    assert "DreamBooth +0.000 (+0.000 to +0.000);" in section
    assert "IP-Adapter +0.550 (+0.500 to +0.600);" in section


def test_the_center_of_identity_is_named(run):
    assert "center" not in run.section("Identity")
    run.networks.loc[run.networks["role"] == "identity", "name"] = "dlib_resnet"
    assert "references from the center of the training persons' photos, by dlib_resnet" in (
        run.section("Identity")
    )


def test_a_row_on_the_judges_embeddings_is_named_circular(run):
    assert "IP-Adapter on embeddings of faces, averaged is conditioned" in run.section("Identity")
    run.networks.loc[run.networks["role"] == "identity", "name"] = "dlib_resnet"
    assert "conditions no generation" in run.section("Identity")


def test_identity_comes_with_fidelity():
    for words in ("did not measure fidelity", "No detector"):
        assert words in Run().section("Prompts and faces")
    run = Run(measured=True)
    run.comparisons["smallest"] = 0.02
    run.compare("dreambooth", "text_only", "fidelity", -0.3, 0.1, "below")
    for row in ("dreambooth", "ip_adapter"):
        run.compare(row, "text_only", "identity", 0.3, 0.1, "above")
    for half, first in ((0.018, "IP-Adapter,"), (0.022, "IP-Adapter + average pooling.")):
        run.compare("ip_adapter", "text_only", "fidelity", 0.0, half)
        assert f"by the smallest effect or more: {first}" in run.section("Prompts and faces")
    assert "finds a face: DreamBooth 0.750 (0.750 to 0.750);" in run.section("Prompts and faces")


def test_the_autoencoder_limits_the_identity(run):
    run.set("autoencoded_photos", "kept", 0.82, 0.05)
    assert "keep 82.0% of their identity (77.0% to 87.0%)" in run.section("The autoencoder")
    rows = run.scores["method"] != "autoencoded_photos"
    run.scores = run.scores[rows]
    assert "no row of real photos through the autoencoder" in run.section("The autoencoder")


def test_copying_is_what_both_controls_lack(run):
    for row in ("real_photos", "text_only", "dreambooth", "ip_adapter"):
        run.set(row, "copy", 0.1, 0.05)
    run.set("ip_adapter_max_pool", "copy", 0.3, 0.05)
    run.set("ip_adapter_avg_pool", "copy", 0.1, 0.05)
    run.set("ip_adapter_self_attention", "copy", 0.16, 0.05)
    section = run.section("Copies of the references")
    assert "Above both controls: IP-Adapter + max pooling." in section
    run.set("text_only", "copy", 0.4, 0.05)
    assert "Above both controls: none." in run.section("Copies of the references")
    section = Run(rows=["ip_adapter"]).section("Copies of the references")
    assert "lacks one of the two controls" in section


def test_the_contradictions_of_the_paper_are_quoted(run):
    section = run.section("Statements of the paper, and their reading here")
    for part in (
        '"no fine-tuning in the other cases"',
        "Equation 1 adds noise to the CLIP features",
        '"Celebrity images in high resolution"; its photos have 250 pixels',
        '"100 persons"',
        "158; two thirds are 105",
        '"Max/Avg Pooling + Self-Attention"; Table 1 has no such row',
    ):
        assert part in section


def test_the_differences_of_our_setting_are_passed_on(run):
    assert run.section("Differences from the paper's setting").strip() == "The faces are drawn."
    run.differences = []
    assert "None." in run.section("Differences from the paper's setting")


def test_the_step_writes_what_the_tables_say(scored, tmp_path):
    reporting.findings(
        **scored(features_of(["ip_adapter"])),
        published=_PUBLISHED,
        **PLANNED,
        findings=tmp_path / "findings.md",
        words="made-up faces",
        differences=["The faces are drawn."],
    )
    text = (tmp_path / "findings.md").read_text(encoding="utf-8")
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == _SECTIONS
    assert text.endswith("The faces are drawn.\n")
