"""Every step of panel 3 at the smallest size: the calls, and a folder of what they make."""

from pathlib import Path

from tiny_base import (
    AUTOENCODER,
    DENOISER,
    DROPOUT,
    ENCODERS,
    FACE_NETWORK,
    SIDE,
    drawn,
    dreambooth,
    loop,
    lora,
    sampling,
)

from triptych.config.personalization import SetAttentionParameters
from triptych.personalization import steps

ATTENTION = SetAttentionParameters(layers=1, heads=2, learning_rate_factor=1.0, output="tokens")
MANIFEST = "MANIFEST.sha256"
ADAPTERS = ("ip_adapter", "ip_adapter_self_attention", "ip_adapter_face")
TOLD = {"text_only": None, **{name: name for name in ADAPTERS}}
COMMON = {"threads": 1}


def photos_of(split):
    return {"photos": Path(f"{split}.safetensors"), "captions": Path(f"{split}.csv")}


def manifest(name):
    return Path(name) / MANIFEST


def train_encoders(name, **changes):
    recipe = {"parameters": ENCODERS, "prompts": ["a photo of a sks person"], "seed": 1}
    steps.train_encoders(
        encoders=manifest(name),
        history=Path(f"{name}.history.csv"),
        **photos_of("corpus") | recipe | COMMON | changes,
    )


def train_denoiser(name="base", **changes):
    recipe = {"parameters": DENOISER, "resolution": SIDE, "processes": 1, "seed": 3}
    steps.train_denoiser(
        encoders=manifest("encoders"),
        autoencoder=manifest("autoencoder"),
        base=manifest(name),
        history=Path(f"{name}.history.csv"),
        **photos_of("corpus") | recipe | COMMON | changes,
    )


def train_face_network(name, **changes):
    recipe = {"photos": Path("corpus.safetensors"), "parameters": FACE_NETWORK, "seed": 9}
    steps.train_face_network(
        network=Path(f"{name}.safetensors"),
        history=Path(f"{name}.history.csv"),
        **recipe | COMMON | changes,
    )


def train_adapter(name, **changes):
    recipe = {"training": loop(), "dropout": DROPOUT, "resolution": SIDE, "processes": 1, "seed": 4}
    if name == "ip_adapter":
        own = photos_of("corpus")
    elif name == "ip_adapter_face":
        own = {"face_network": (Path("face_network.safetensors"),), **photos_of("corpus")}
    else:
        own = {"start": (manifest("ip_adapter"),), "set_attention": ATTENTION, "references": 3}
        own |= photos_of("train")
    steps.train_adapter(
        base=manifest("base"),
        adapter=manifest(name),
        history=Path(f"{name}.history.csv"),
        **own | recipe | COMMON | changes,
    )


ASKED = {
    "references": 3,
    "sampling": sampling(),
    "resolution": SIDE,
    "division_seed": 5,
    "seed": 6,
    **COMMON,
}


def generate_row(variant, output=None, **changes):
    told = TOLD.get(variant)
    row = {
        "base": manifest("base"),
        "adapter": (manifest(told),) if told else (),
        "generated": [Path(f"{output or variant}.safetensors")],
        "rows": [variant],
    }
    steps.generate(**photos_of("test") | row | ASKED | changes)


def dreambooth_row(output, job=0, jobs=1):
    steps.dreambooth(
        **photos_of("test"),
        base=manifest("base"),
        class_images=Path("class_images.safetensors"),
        generated=Path(f"{output}.safetensors"),
        job=job,
        dreambooth=dreambooth(jobs=jobs),
        training_seed=8,
        **ASKED,
    )


def lora_row(output):
    steps.dreambooth_lora(
        **photos_of("test"),
        base=manifest("base"),
        class_images=Path("class_images.safetensors"),
        loras=manifest(f"{output}_models"),
        generated=Path(f"{output}.safetensors"),
        job=0,
        dreambooth=dreambooth(),
        lora=lora(),
        training_seed=8,
        **ASKED,
    )


def run_every_step():
    """Run each step once in the current folder."""
    drawn(Path(), "corpus", persons=10, photos=2)
    drawn(Path(), "train", persons=2, photos=4)
    drawn(Path(), "test", persons=3, photos=4)
    train_encoders("encoders")
    steps.train_autoencoder(
        photos=Path("corpus.safetensors"),
        autoencoder=manifest("autoencoder"),
        history=Path("autoencoder.history.csv"),
        parameters=AUTOENCODER,
        resolution=SIDE,
        seed=2,
        **COMMON,
    )
    train_face_network("face_network")
    train_denoiser()
    for name in ADAPTERS:
        train_adapter(name)
    steps.class_images(
        base=manifest("base"),
        images=Path("class_images.safetensors"),
        dreambooth=dreambooth(),
        sampling=sampling(),
        resolution=SIDE,
        seed=7,
        **COMMON,
    )
    for variant in TOLD:
        generate_row(variant)
    for job in (0, 1):
        dreambooth_row(f"share_{job}", job, jobs=2)
    shares = [Path("share_0.safetensors"), Path("share_1.safetensors")]
    steps.join(shares=shares, generated=Path("dreambooth.safetensors"))
    lora_row("dreambooth_lora")
    steps.extract(
        photos=Path("test.safetensors"),
        generated=[
            Path(f"{variant}.safetensors") for variant in (*TOLD, "dreambooth", "dreambooth_lora")
        ],
        captions=Path("test.csv"),
        extractor_weights=Path("face_network.safetensors"),
        identity_weights=Path("face_network.safetensors"),
        base=[manifest("base")],
        features=Path("features.safetensors"),
        extractor="face_network",
        identity="face_network",
        alignment="square",
        crop=SIDE,
        provider="drawn",
        **COMMON,
    )
