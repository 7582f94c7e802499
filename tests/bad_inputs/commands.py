"""Bad command lines, devices and folders."""

from bad_inputs.case import BadInput
from bad_inputs.making import (
    TRAINING_SET,
    digits,
    drawn_streets,
    file,
    folder,
    link,
    project,
    tensors,
)
from bad_inputs.pictures import png

_TRAIN = (
    f"--data {TRAINING_SET} --network made/network.safetensors --history made/history.csv"
    " --recipe short --batch-size 10 --learning-rate 0.1 --schedule cosine --log-every 1"
    " --checkpoint-every 1 --width 0.0625 --seed 1 --threads 1"
)
_TOGETHER = (
    "--train streets.safetensors --val streets.safetensors --model made/model.safetensors"
    " --history made/history.csv --network danet --method single --backbone tiny --no-separable"
    " --points all --width 8 --init identity --no-detach --output-stride 8 --training.recipe short"
    " --training.steps 1 --training.batch-size 4 --training.learning-rate 0.1"
    " --training.backbone-factor 1 --training.momentum 0.9 --training.weight-decay 0"
    " --training.power 0.9 --training.warmup-steps 0 --training.backbone-batch-norm-momentum 0.1"
    " --training.augmentation.crop-height 32 --training.augmentation.crop-width 64"
    " --training.augmentation.smallest-scale 1 --training.augmentation.largest-scale 1"
    " --training.augmentation.flip=true --training.augmentation.color-jitter 0"
    " --training.precision-cuda float32 --training.select last --training.validate-every 1"
    " --training.log-every 1 --training.checkpoint-every 1 --training.hold-in-memory=true"
    " --protocol.kind whole --protocol.batch-size 1 --loader-workers 0 --seed 1 --threads 1"
)
_PREDICTED = "--model m.safetensors --out masks --dataset voc"
_DIGITS = "triptych data digits --train made/train.safetensors --test made/test.safetensors"
_FEW = "--steps 4 --validation-images 5"
_CALIBRATE = f"triptych adversarial calibrate --data {TRAINING_SET}"
_INTO_RESULTS = f"{_CALIBRATE} --calibration-images 20 --thresholds results/t.csv"

CASES = (
    BadInput("An unknown command", "triptych atack", ("atack", "--help")),
    BadInput("An unknown step of a panel", "triptych adversarial atack", ("atack", "--help")),
    BadInput("An unknown scale", "triptych claims --scale huge",
             ("huge", "smoke", "lab", "--help")),
    BadInput("An unknown panel", "triptych adopt --scale tiny --panel vision",
             ("vision", "adversarial", "segmentation", "personalization")),
    BadInput("An unknown option", "triptych verify --scale tiny --deep", ("--deep", "--help")),
    BadInput("A budget of no hours", "triptych doctor --budget 0", ("--budget", "Must be > 0"),
             (project(),)),
    BadInput("A list of nothing", "triptych summary --scale tiny --part",
             ("--part", "at least 1", "--help"), (project(),)),
    BadInput("An overlay without a name", "triptych doctor --configfile",
             ("--configfile", "at least 1", "--help"), (project(),)),
    BadInput("A missing option", "triptych claims", ("--scale", "where:      triptych claims")),
    BadInput("A text instead of a number", f"{_DIGITS} --seed 1 --test-images some",
             ("--test-images", "some", "where:      triptych data digits", "--help")),
    BadInput("A value out of range", "triptych adversarial train --steps 0 ...",
             ("steps", "greater than or equal to 1", "--help"), (digits(),),
             f"{_TRAIN} --validation-images 5"),
    BadInput("Zero threads", "triptych adversarial train --threads 0 ...",
             ("--threads", "Must be >= 1"), (digits(),), _TRAIN.replace("--threads 1", _FEW)),
    BadInput("A negative width", "triptych adversarial train --width -1 ...",
             ("--width", "Must be > 0"), (digits(),), _TRAIN.replace("--width 0.0625", _FEW)),
    BadInput("A negative number of images", f"{_DIGITS} --seed 1 --test-images -3",
             ("--test-images", "Must be >= 1")),
    BadInput("No images to calibrate on", f"{_CALIBRATE} --calibration-images 0 ...",
             ("--calibration-images", "Must be >= 1"), (digits(),), "--thresholds made/t.csv"),
    BadInput("An attack that is too strong", "triptych adversarial attack --epsilons 0.1 1.5 ...",
             ("--epsilons", "Must be <= 1"), (),
             "--network n.safetensors --data d.safetensors --attacks a.safetensors --test-images 5"
             " --steps 1 --step-size 0.1 --batch-size-cpu 5 --batch-size-cuda 5 --random-start"
             " --seed 1 --threads 1"),
    BadInput("A figure of an unknown metric", "triptych adversarial figure --metric speed ...",
             ("speed", "tpr", "accuracy", "combined"), (),
             "--curves c.csv --published p.csv --svg a.svg --png a.png --dataset digits"),
    BadInput("A table that the paper does not have", "triptych segmentation table --number 3 ...",
             ("--number", "3"), (),
             "--published p.csv --csv t.csv --markdown t.md --latex t.tex --setting brief"),
    BadInput("A recipe for only one network", "triptych adversarial findings --recipes brief ...",
             ("--recipes",), (),
             "--data d.safetensors --curves c.csv --controls k.csv --thresholds t.csv --auc a.csv"
             " --published-curves p.csv --findings f.md --steps 1 --step-size 0.1"
             " --batch-size-cpu 5 --batch-size-cuda 5 --dataset digits"),
    BadInput("A real data set for a step that draws one",
             "triptych data drawn-scenes --dataset camvid ...",
             ("camvid", "drawn_streets", "drawn_objects"), (),
             "--train-set a.safetensors --val-set b.safetensors --test-set c.safetensors --train 2"
             " --val 1 --test 1 --height 32 --width 64 --seed 1"),
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
    BadInput("An unknown device",
             "TRIPTYCH_DEVICE=gpu triptych adversarial train --steps 4 ...",
             ("'gpu'", "TRIPTYCH_DEVICE", "cuda:INDEX"), (digits(),),
             f"{_TRAIN} --validation-images 5"),
    BadInput("A GPU that does not exist",
             "TRIPTYCH_DEVICE=cuda:99 triptych adversarial train --steps 4 ...",
             ("a GPU", "TRIPTYCH_DEVICE"), (digits(),), f"{_TRAIN} --validation-images 5"),
    BadInput("One GPU for several processes",
             "TRIPTYCH_DEVICE=cuda:0 triptych segmentation train --processes 2 ...",
             ("2 devices", "cuda:0", "TRIPTYCH_DEVICE"), (drawn_streets,), _TOGETHER),
    BadInput("A missing launcher",
             "TRIPTYCH_LAUNCHER=launch TRIPTYCH_DEVICE=cpu triptych segmentation train"
             " --processes 2 ...",
             ("TRIPTYCH_LAUNCHER=launch", "No such file"), (drawn_streets,), _TOGETHER),
    BadInput("No image to predict",
             "triptych segmentation predict --images photos ...", ("photos", "no image"),
             (folder("photos"), tensors("m.safetensors")), _PREDICTED),
    BadInput("A scale of an image that is too large",
             "triptych segmentation predict --scales 1 20 ...", ("--scales", "Must be <= 8"),
             (), f"--images photos {_PREDICTED}"),
    BadInput("Masks into a folder with files",
             "triptych segmentation predict --images photos ...", ("masks", "a folder with files"),
             (file("photos/a.png", png(8, 6)), file("masks/a.png"), tensors("m.safetensors")),
             _PREDICTED),
    BadInput("A name of a new paper that is no identifier", "triptych new-paper My-Paper",
             ("'My-Paper'", "snake case")),
    BadInput("A keyword as the name of a new paper", "triptych new-paper lambda",
             ("'lambda'", "keyword")),
    BadInput("A new paper with the name of a panel", "triptych new-paper segmentation",
             ("'segmentation'", "a panel", "models.py")),
    BadInput("A new paper with the name of a command", "triptych new-paper report",
             ("'report'", "a command")),
    BadInput("A new paper in place of a file", "triptych new-paper my_paper",
             ("src/triptych/my_paper.py", "another name"), (file("src/triptych/my_paper.py"),)),
    BadInput("A new paper without the example", "triptych new-paper my_paper",
             ("docs/example", "from git")),
    BadInput("A file instead of the results folder", _INTO_RESULTS,
             ("results",), (digits(), file("results", "a file"))),
    BadInput("A folder instead of a result", _INTO_RESULTS,
             ("results/t.csv",), (digits(), folder("results/t.csv"))),
    BadInput("A file instead of Snakemake's folder", "snakemake", (".snakemake", "written to"),
             (project(), file(".snakemake", "a file"))),
    BadInput("A dangling link instead of Snakemake's folder", "snakemake",
             (".snakemake", "a link to /nowhere"), (project(), link(".snakemake", "/nowhere"))),
)  # fmt: skip
