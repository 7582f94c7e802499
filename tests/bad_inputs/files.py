"""Bad files as inputs of the panels' steps."""

from bad_inputs.case import BadInput
from bad_inputs.making import (
    TRAINING_SET,
    altered,
    cut,
    digits,
    drawn_faces,
    drawn_streets,
    evaluation,
    face_network,
    file,
    tensors,
)

_CALIBRATE = f"triptych adversarial calibrate --data {TRAINING_SET} ..."
_THRESHOLDS = "--thresholds made/thresholds.csv --calibration-images 20"

_ATTACK = "triptych adversarial attack --network network.safetensors ..."
_ATTACKED = (
    f"--data {TRAINING_SET} --attacks made/attacks.safetensors --epsilons 0.1 --test-images 5"
    " --steps 1 --step-size 0.1 --batch-size-cpu 5 --batch-size-cuda 5 --random-start --seed 1"
    " --threads 1"
)
_TABLE = "triptych adversarial table2 --curves curves.csv ..."
_TABLES = (
    "--published curves.csv --csv made/table2.csv --markdown made/table2.md"
    " --latex made/table2.tex --dataset digits"
)
_EVALUATE = "triptych segmentation evaluate --models model.safetensors ..."
_EVALUATED = (
    " --data streets.safetensors --evaluations made/evaluation.safetensors --network danet"
    " --methods single --training-numbers 0 --kind whole --batch-size 1"
    " --threads 1"
)
_IOU = "triptych segmentation iou --evaluations one.safetensors other.safetensors ..."
_COUNTED = "--iou made/iou.csv --counts made/n.csv.xz"
_COMPARE = "triptych segmentation compare --counts one.csv ..."
_COMPARED = (
    "--contrasts contrasts.csv --scores made/s.csv --comparisons made/c.csv --classes made/l.csv"
    " --dataset camvid --resamples 9 --block 1 --seed 1"
)
_SINGLE = {
    "network": "danet", "method": "single", "backbone": "tiny", "num_classes": 19,
    "output_stride": 8, "separable": False,
    "connections": {"points": "all", "width": 8, "init": "identity", "detach": False},
}  # fmt: skip
_SAME_LAYER = {**_SINGLE, "method": "same_layer"}
_GENERATE = "triptych personalization generate --rows ip_adapter ..."
_GENERATED = (
    "--photos test.safetensors --captions test.csv --base base.sha256"
    " --generated made/images.safetensors --references 1 --sampling.steps 1"
    " --sampling.guidance-scale 3 --sampling.adapter-scale 0.8 --sampling.images-per-person 1"
    " --sampling.batch-size 1 --resolution 16 --division-seed 1 --seed 1 --threads 1"
)
_CAPTION = "triptych personalization caption --photos test.safetensors ..."
_SPLITS = "--captions made/captions.csv --question Who? --seed 1 --threads 1"
_EXTRACT = "triptych personalization extract --extractor-weights network.safetensors ..."
_EXTRACTED = (
    "--photos test.safetensors --captions test.csv --generated network.safetensors"
    " --identity-weights network.safetensors --identity face_network --alignment square --crop 16"
    " --provider drawn --features made/f.safetensors --threads 1"
)

CASES = (
    BadInput("A missing data set", _CALIBRATE,
             (TRAINING_SET, "no such file", f"snakemake {TRAINING_SET}"), (), _THRESHOLDS),
    BadInput("A truncated data set", _CALIBRATE, (TRAINING_SET, "safetensors"),
             (digits(), cut(TRAINING_SET)), _THRESHOLDS),
    BadInput("An empty data set file", _CALIBRATE, (TRAINING_SET, "safetensors"),
             (file(TRAINING_SET),), _THRESHOLDS),
    BadInput("A table instead of a data set", _CALIBRATE, (TRAINING_SET, "safetensors"),
             (file(TRAINING_SET, "image,label\n0,1\n"),), _THRESHOLDS),
    BadInput("Weights instead of a data set", _CALIBRATE, (TRAINING_SET, "images", "other"),
             (tensors(TRAINING_SET),), _THRESHOLDS),
    BadInput("A data set that was altered after it was made", _CALIBRATE,
             (TRAINING_SET, "altered", "SHA-256"), (altered(TRAINING_SET),), _THRESHOLDS),
    BadInput("Weights of another network", _ATTACK, ("network.safetensors", "conv1", "other (3,)"),
             (digits(), tensors("network.safetensors")), _ATTACKED),
    BadInput("An empty table", _TABLE, ("curves.csv", "(CSV)"),
             (file("curves.csv"),), _TABLES),
    BadInput("A picture instead of a table", _TABLE, ("curves.csv", "(CSV)"),
             (file("curves.csv", b"\x89PNG\r\n\x1a\n\xff\xfe"),), _TABLES),
    BadInput("A table with other columns", _TABLE, ("curves.csv", "(CSV)", "a table without"),
             (file("curves.csv", "epoch,loss\n1,0.5\n"),), _TABLES),
    BadInput("Images instead of scores",
             "triptych adversarial curves --natural data.safetensors ...",
             ("data.safetensors", "as_published", "images, labels"),
             (digits("data.safetensors"), file("thresholds.csv")),
             "--secret data.safetensors --thresholds thresholds.csv --curves made/curves.csv"),
    BadInput("A file without a model", _EVALUATE, ("model.safetensors", "segmentation model"),
             (drawn_streets, tensors("model.safetensors")), _EVALUATED),
    BadInput("A model of another row of the table", _EVALUATE,
             ("model.safetensors", "danet single", "danet same_layer"),
             (drawn_streets, tensors("model.safetensors", {"config": _SAME_LAYER})), _EVALUATED),
    BadInput("Weights that do not fit their model", _EVALUATE,
             ("model.safetensors", "segmentation model"),
             (drawn_streets, tensors("model.safetensors", {"config": _SINGLE})), _EVALUATED),
    BadInput("Faces instead of scenes", _EVALUATE, ("streets.safetensors", "scenes"),
             (drawn_faces("streets.safetensors"), tensors("model.safetensors")), _EVALUATED),
    BadInput("A file without an evaluation", _IOU, ("other.safetensors", "an evaluation"),
             (evaluation("one.safetensors"), tensors("other.safetensors")), _COUNTED),
    BadInput("The same evaluation twice", _IOU, ("danet, single, seed 0", "a duplicate"),
             (evaluation("one.safetensors"), evaluation("other.safetensors")), _COUNTED),
    BadInput("Evaluations of several data sets", _IOU, ("camvid", "voc"),
             (evaluation("one.safetensors"), evaluation("other.safetensors", dataset="voc")),
             _COUNTED),
    BadInput("A table of scores in place of the pixels", _COMPARE, ("one.csv", "segmentation iou"),
             (file("one.csv", b"network,method,seed,miou\ndanet,single,0,0.5\n"),
              file("contrasts.csv")), _COMPARED),
    BadInput("Captions that are not text", _GENERATE, ("test.csv", "UTF-8"),
             (drawn_faces("test.safetensors"), file("test.csv", b"\x89PNG\r\n\x1a\n\xff\xfe"),
              file("base.sha256")), _GENERATED),
    BadInput("LLaVA without its weights", f"{_CAPTION} --provider llava",
             ("--model", "triptych fetch llava_1_5_7b"), (drawn_faces("test.safetensors"),),
             _SPLITS),
    BadInput("A manifest without files",
             f"{_CAPTION} --model MANIFEST.sha256 --provider llava", ("MANIFEST.sha256", "SHA-256"),
             (drawn_faces("test.safetensors"), file("MANIFEST.sha256", "nothing\n")), _SPLITS),
    BadInput("Photos instead of generated images",
             "triptych personalization join --shares test.safetensors --generated g.safetensors",
             ("test.safetensors", "generated"), (drawn_faces("test.safetensors"),)),
    BadInput("Captions without one of the photos", _GENERATE, ("test.csv", "no line"),
             (drawn_faces("test.safetensors"), file("test.csv", "photo,caption\n"),
              file("base.sha256")), _GENERATED),
    BadInput("The same photos in two sets",
             f"{_CAPTION.replace(' ...', ' train.safetensors ...')} --provider drawn",
             ("test_0001", "in test and in train"),
             (drawn_faces("test.safetensors"), drawn_faces("train.safetensors")), _SPLITS),
    BadInput("Truncated faces", f"{_CAPTION} --provider drawn",
             ("test.safetensors", "faces"),
             (drawn_faces("test.safetensors"), cut("test.safetensors")), _SPLITS),
    BadInput("Inception without its weights", f"{_EXTRACT} --extractor inception_v3",
             ("inception_v3",), (drawn_faces("test.safetensors"), file("test.csv"), face_network),
             _EXTRACTED),
    BadInput("A file without a face network", f"{_EXTRACT} --extractor face_network",
             ("network.safetensors", "face network"),
             (drawn_faces("test.safetensors"), file("test.csv"), tensors("network.safetensors")),
             _EXTRACTED),
)  # fmt: skip
