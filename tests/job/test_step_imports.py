"""Which libraries a step of scale smoke imports: each costs every one of its jobs seconds."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import triptych

_PACKAGE = Path(triptych.__file__).parent
_TESTS = Path(__file__).parents[1]
_TORCH = {"torch"}
# What brings a second or more with it; torchvision, diffusers and transformers bring torch._dynamo.
_HEAVY = {"torch._dynamo", "torchvision", "timm", "diffusers", "transformers", "accelerate"}
# Of panel 3, what works with a diffusers pipeline.
_WITH_A_PIPELINE = {
    "train_encoders",
    "train_autoencoder",
    "train_denoiser",
    "train_adapter",
    "generate",
    "class_images",
    "dreambooth",
    "dreambooth_lora",
}


def _imported(program: str) -> set[str]:
    """The libraries among torch and the heavy ones that a program has imported at its end."""
    report = f"import sys, json; print(json.dumps([*sys.modules.keys() & {_TORCH | _HEAVY}]))"
    helpers = os.pathsep.join(map(str, (_PACKAGE.parent, _TESTS / "segmentation")))
    answer = subprocess.run(
        [sys.executable, "-c", f"{program}\n{report}"],
        env=os.environ | {"PYTHONPATH": helpers},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(answer.stdout.splitlines()[-1]))


def _imports(*modules: str, without: frozenset[str] | set[str] = frozenset()) -> str:
    """The imports at the top of every function, a step, of some modules of steps."""
    lines = ["import triptych.cli"]
    for module in modules:
        tree = ast.parse((_PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and function.name not in without:
                found = (n for n in function.body if isinstance(n, (ast.Import, ast.ImportFrom)))
                lines += map(ast.unparse, found)
    return "\n".join(lines)


def test_data_tables_figures_claims_and_pages_do_without_torch() -> None:
    modules = [
        "data/steps/preparing",
        "data/steps/own",
        "segmentation/steps/reporting",
        "personalization/steps/reporting",
        "personalization/steps/drawing",
        "claims/steps",
        "report/steps",
    ]
    assert _imported(_imports(*modules)) == set()


@pytest.mark.parametrize(
    "modules",
    [
        ["adversarial/steps/computing", "adversarial/steps/reporting"],
        ["segmentation/steps/computing"],
        [f"personalization/steps/{name}" for name in ("learning", "generating", "describing")],
    ],
    ids=["adversarial", "segmentation", "face network"],
)
def test_steps_without_a_pipeline_import_torch_alone(modules: list[str]) -> None:
    assert _imported(_imports(*modules, without=_WITH_A_PIPELINE)) == _TORCH


def test_models_of_the_tiny_backbone_train_and_predict_without_timm_and_torchvision(
    own_folder: Path,
) -> None:
    program = """
from pathlib import Path
import tiny_models
from triptych.job.processes import Team
from triptych.job.workspace import Workspace
from triptych.segmentation.train import fit
for network, method in (("danet", "ensemble"), ("deeplabv3plus", "multiple_layer")):
    tiny_models.tiny(network, method).eval()(tiny_models.noise())
plain = tiny_models.augmentation(crop_width=32, color_jitter=0)
task = tiny_models.task(Path(), "deeplabv3plus", "same_layer", augmentation=plain, steps=1)
fit(task, Team(tiny_models.CPU), Workspace(Path("work")))
"""
    # torch's optimizers bring torch._dynamo themselves.
    assert _imported(program) - {"torch._dynamo"} == _TORCH
