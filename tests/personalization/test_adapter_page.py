"""docs/train-an-adapter.md: its command is planned, its code runs without this package."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
from following import blocks
from PIL import Image
from support import ROOT

from triptych.config.load import read
from triptych.personalization import files

PAGE = (ROOT / "docs/train-an-adapter.md").read_text(encoding="utf-8")
# No import of this package can succeed.
BLOCKER = """
import sys
sys.modules["triptych"] = None
"""


def test_the_command_makes_a_model_of_scale_smoke() -> None:
    panel = read(ROOT / "params.yaml").scales["smoke"].personalization
    ((command,),) = [block.splitlines() for block in blocks(PAGE, "sh")]
    assert command.split()[1] in list(files.all_files(panel, "smoke"))
    assert f"{panel.resolution}x{panel.resolution} pixels" in PAGE


def test_the_code_makes_an_image_with_stock_diffusers(
    base_manifest: Path, adapter_manifest: Path, tmp_path: Path
) -> None:
    photo = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    Image.fromarray(photo).save(tmp_path / "photo.png")
    (tmp_path / "models").mkdir()
    (tmp_path / "models/base").symlink_to(base_manifest.parent)
    (tmp_path / "models/ip_adapter").mkdir()
    (tmp_path / "models/ip_adapter/0").symlink_to(adapter_manifest.parent)
    (code,) = blocks(PAGE, "python")
    code = re.sub(r"^models = .*$", 'models = "models"', code, flags=re.MULTILINE)
    # The tests' models are smaller still.
    code = code.replace("=32,", "=16,").replace("steps=20", "steps=2")
    script = tmp_path / "page.py"
    script.write_text(BLOCKER + code, encoding="utf-8")

    subprocess.run([sys.executable, "-I", script], cwd=tmp_path, check=True)

    assert Image.open(tmp_path / "image.png").size == (16, 16)
