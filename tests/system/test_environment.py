"""No variable of a user's environment changes numbers without a record."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from support import ROOT, execute

from triptych.claims.claims import text_claim, write_claims
from triptych.system import environment

# Prints the variables that a command sees.
LOOK = """
import os, sys
from triptych import cli
assert not {"torch", "numpy", "matplotlib", "scipy"} & set(sys.modules)
sys.argv[1:] = ["--version"]
try:
    cli.main()
except SystemExit:
    pass
for name in sys.stdin.read().split():
    print(name, os.environ.get(name, "-"))
"""
GIVEN = {
    "ACCELERATE_MIXED_PRECISION": "bf16",
    "ACCELERATE_DYNAMO_BACKEND": "INDUCTOR",
    "NVIDIA_TF32_OVERRIDE": "1",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE": "1",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
    "ATEN_CPU_CAPABILITY": "default",
    "CUBLAS_WORKSPACE_CONFIG": ":16:8",
    "TIMM_FUSED_ATTN": "0",
    "DIFFUSERS_ATTN_BACKEND": "native",
    "MATPLOTLIBRC": "style",
    "NUMBA_DISABLE_JIT": "1",
}
SET = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "agg",
    "NUMBA_CACHE_DIR": "work/numba",
}
KEPT = {
    "OPENBLAS_CORETYPE": "Haswell",
    "OPENBLAS_L2_SIZE": "512",
    "MKL_THREADING_LAYER": "GNU",
    "CUDA_VISIBLE_DEVICES": "",
    "PYTORCH_CUDA_ALLOC_CONF": "expandable_segments:True",
    "TRIPTYCH_DEVICE": "cpu",
    "RANK": "1",
    "WORLD_SIZE": "2",
    "MASTER_ADDR": "127.0.0.1",
    "TORCHELASTIC_RUN_ID": "some",
    "TORCH_NCCL_ASYNC_ERROR_HANDLING": "1",
    "GLOO_SOCKET_IFNAME": "lo",
}


def test_a_command_settles_its_environment_before_any_library_reads_it() -> None:
    found = subprocess.run(
        [sys.executable, "-c", LOOK],
        input=" ".join([*GIVEN, *SET, *KEPT]),
        env={**os.environ, **GIVEN, **dict.fromkeys(SET, "7"), **KEPT},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split(" ", 1) for line in found.stdout.splitlines()[-len(GIVEN | SET | KEPT) :])
    assert dict(lines) == dict.fromkeys(GIVEN, "-") | SET | KEPT
    told = next(line for line in found.stderr.splitlines() if line.startswith("Not used"))
    assert set(told.partition(": ")[2].split(", ")) >= set(GIVEN)
    assert not any(name in told for name in (*SET, *KEPT))


def test_what_may_decide_a_number_and_is_kept_is_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in os.environ:
        if name not in ("PATH", "HOME"):
            monkeypatch.delenv(name)
    for name, value in KEPT.items():
        monkeypatch.setenv(name, value)
    # Nothing else: a record must not contain a user's secrets.
    monkeypatch.setenv("HF_TOKEN", "secret")
    assert environment.recorded() == {
        "CUDA_VISIBLE_DEVICES": "",
        "GLOO_SOCKET_IFNAME": "lo",
        "MKL_THREADING_LAYER": "GNU",
        "OPENBLAS_CORETYPE": "Haswell",
        "OPENBLAS_L2_SIZE": "512",
    }


def test_a_step_has_its_environment_in_its_record(tmp_path: Path) -> None:
    (tmp_path / "src").symlink_to(ROOT / "src")
    claim = text_claim("adversarial", "section5", "key", 0.5, 0.5, True, "a reason")
    write_claims([claim], tmp_path / "claims.csv")
    command = "triptych claims join --panels claims.csv --claims all.csv --conclusions end.csv"
    answer = execute(
        tmp_path, *shlex.split(command), check=False, OPENBLAS_CORETYPE="Haswell", MKL_CBWR="SSE2"
    )
    assert answer.returncode == 0, answer.stderr
    record = json.loads((tmp_path / "provenance/all.csv.json").read_text())
    assert record["environment"]["OPENBLAS_CORETYPE"] == "Haswell"
    assert "MKL_CBWR" not in record["environment"]
    assert "MKL_CBWR" in answer.stderr


def test_what_torch_sets_for_the_processes_below_is_not_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "/somewhere")
    assert "TORCHINDUCTOR_CACHE_DIR" not in environment.settle()
    assert os.environ["TORCHINDUCTOR_CACHE_DIR"] == "/somewhere"
