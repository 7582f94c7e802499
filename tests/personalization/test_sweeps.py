"""Sweeps: which rows they add, and how these are generated."""

import pytest
from support import ROOT

from triptych.config.load import read
from triptych.config.sweeps import SweepsParameters
from triptych.personalization import files
from triptych.personalization.methods import RowName
from triptych.personalization.sweeps import same_row, sampling_of, swept_rows

SMOKE = read(ROOT / "params.yaml").scales["smoke"].personalization
SWEEPS = {
    "images_per_person": 3,
    "references": {"rows": ["ip_adapter_avg_pool", "ip_adapter_finetuned"], "values": [1, 3, 9]},
    "adapter_scale": {"rows": ["ip_adapter"], "values": [0.4, SMOKE.sampling.adapter_scale]},
    "guidance_scale": {"rows": ["ip_adapter"], "values": [1.0, SMOKE.sampling.guidance_scale]},
}
PANEL = SMOKE.model_copy(update={"sweeps": SweepsParameters.model_validate(SWEEPS)})


def test_a_sweep_repeats_no_row_of_the_run():
    assert [str(row) for row in swept_rows(PANEL)] == [
        # Nine photos are the usual number. One photo, pooled, is that of ip_adapter.
        "ip_adapter_avg_pool.references3",
        "ip_adapter_finetuned.references1",
        "ip_adapter_finetuned.references3",
        "ip_adapter.scale0.4",
        "ip_adapter.guidance1.0",
    ]
    assert swept_rows(SMOKE) == []
    assert files.rows(PANEL) == [*files.rows(SMOKE), *swept_rows(PANEL)]
    without = PANEL.model_copy(update={"methods": ("ip_adapter_avg_pool",)})
    assert RowName("ip_adapter_avg_pool", references=1) in swept_rows(without)


@pytest.mark.parametrize(
    ("name", "same"),
    [
        (RowName("ip_adapter_avg_pool", references=9), RowName("ip_adapter_avg_pool")),
        (RowName("ip_adapter_max_pool", references=1), RowName("ip_adapter")),
        (RowName("ip_adapter_self_attention", seed=2), RowName("ip_adapter_self_attention", 2)),
        (RowName("ip_adapter", guidance=3.0), RowName("ip_adapter")),
    ],
)
def test_a_row_of_the_usual_setting_is_the_usual_row(name, same):
    assert same_row(PANEL, name) == same


def test_rows_of_a_sweep_have_fewer_images_and_their_own_scale():
    usual = PANEL.sampling
    assert sampling_of(PANEL, RowName("ip_adapter", seed=1)) == usual
    for name, changes in {
        RowName("ip_adapter", scale=0.4): {"adapter_scale": 0.4},
        RowName("ip_adapter", guidance=1.0): {"guidance_scale": 1.0},
        RowName("ip_adapter_avg_pool", references=3): {},
    }.items():
        expected = usual.model_copy(update={"images_per_person": 3, **changes})
        assert sampling_of(PANEL, name) == expected
        assert "--sampling.images-per-person 3" in files.row_sampling(PANEL, str(name))


def test_each_row_of_a_sweep_has_its_own_job():
    panel = PANEL.model_copy(update={"generation_jobs": "per_adapter"})
    assert not [name for name in files.joint_rows(panel) if RowName.parse(name).is_swept]
    assert set(files.generated_rows(panel, "smoke")) <= set(files.all_files(panel, "smoke"))
