"""Bad command lines, devices and folders."""

from bad_inputs.case import BadInput
from bad_inputs.making import TRAINING_SET, digits, file, folder, link, project

_TRAIN = (
    f"--data {TRAINING_SET} --network made/network.safetensors --history made/history.csv"
    " --recipe short --batch-size 10 --learning-rate 0.1 --schedule cosine --log-every 1"
    " --checkpoint-every 1 --width 0.0625 --seed 1 --threads 1"
)
_DIGITS = "triptych data digits --train made/train.safetensors --test made/test.safetensors"
_CALIBRATE = f"triptych adversarial calibrate --data {TRAINING_SET} --calibration-images 20"

CASES = (
    BadInput("An unknown command", "triptych atack", ("atack", "--help")),
    BadInput("An unknown step of a panel", "triptych adversarial atack", ("atack", "--help")),
    BadInput("An unknown scale", "triptych claims --scale huge", ("huge", "smoke", "lab")),
    BadInput("An unknown panel", "triptych adopt --scale tiny --panel vision",
             ("vision", "adversarial", "segmentation", "personalization")),
    BadInput("An unknown option", "triptych verify --scale tiny --deep", ("--deep",)),
    BadInput("A missing option", "triptych claims", ("--scale",)),
    BadInput("A text for a number", f"{_DIGITS} --seed 1 --test-images some",
             ("--test-images", "some")),
    BadInput("A value out of range", "triptych adversarial train --steps 0 ...",
             ("steps", "greater than or equal to 1"), (digits(),),
             f"{_TRAIN} --validation-images 5"),
    BadInput("More test images than there are digits", f"{_DIGITS} --seed 1 --test-images 1797",
             ("1797", "test_images")),
    BadInput("More validation images than images",
             "triptych adversarial train --steps 4 --validation-images 30 ...",
             ("30", "validation_images"), (digits(),), _TRAIN),
    BadInput("Drawn faces without a corpus",
             "triptych data drawn-faces --dataset lfw ...", ("corpus", "lfw"), (),
             "--corpus-set c.safetensors --train-set a.safetensors --test-set b.safetensors"
             " --train-persons 2 --test-persons 2 --photos 2 --most-photos 2 --crop 16 --side 16"
             " --seed 1"),
    BadInput("A device that is none",
             "TRIPTYCH_DEVICE=gpu triptych adversarial train --steps 4 ...",
             ("'gpu'", "TRIPTYCH_DEVICE", "cuda:INDEX"), (digits(),),
             f"{_TRAIN} --validation-images 5"),
    BadInput("A GPU that the machine has not",
             "TRIPTYCH_DEVICE=cuda:99 triptych adversarial train --steps 4 ...",
             ("a GPU", "TRIPTYCH_DEVICE"), (digits(),), f"{_TRAIN} --validation-images 5"),
    BadInput("A file in place of the folder of results", f"{_CALIBRATE} --thresholds results/t.csv",
             ("results",), (digits(), file("results", "a file"))),
    BadInput("A folder in place of a result", f"{_CALIBRATE} --thresholds results/t.csv",
             ("results/t.csv",), (digits(), folder("results/t.csv"))),
    BadInput("A file in place of Snakemake's folder", "snakemake", (".snakemake", "written to"),
             (project(), file(".snakemake", "a file"))),
    BadInput("A link to nowhere in place of Snakemake's folder", "snakemake",
             (".snakemake", "a link to /nowhere"), (project(), link(".snakemake", "/nowhere"))),
)  # fmt: skip
