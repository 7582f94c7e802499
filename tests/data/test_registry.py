"""The registry of data sets and weights."""

import re
from collections import Counter
from pathlib import Path

import pytest
from pydantic import ValidationError
from support import error_of

from triptych.data.registry import (
    Distribution,
    Entry,
    HubRepository,
    PinnedFile,
    RegistryFile,
    entries,
    entry,
    redistributable,
)

FILES = [
    pytest.param(name, file, id=f"{name}-{file.name}")
    for name, found in entries().items()
    for file in found.files
]

HUB = ("stable_diffusion_v1_5", "ip_adapter_sd15", "llava_1_5_7b", "clip_vit_b32")


def test_the_registry_has_the_entries_that_the_parameters_may_name() -> None:
    networks = {"madry_natural", "madry_secret", "resnet101_imagenet", "inception_v3", *HUB}
    networks |= {f"efficientnet_lite{size}" for size in range(3)} | {"dlib_resnet"}
    assert (
        networks | {"mnist", "camvid", "camvid_jpeg", "cityscapes", "voc2012", "sbd"}
        <= entries().keys()
    )


@pytest.mark.parametrize("name", sorted(entries()))
def test_an_entry_says_what_it_is_whose_it_is_and_how_it_may_be_had(name: str) -> None:
    found = entry(name)

    assert found.all_files
    for text in (found.title, found.license, found.citation, found.access):
        assert text.strip()


@pytest.mark.parametrize(("name", "file"), FILES)
def test_a_file_has_a_plain_name_a_pinned_hash_and_an_encrypted_address(
    name: str, file: RegistryFile
) -> None:
    assert re.fullmatch(r"[\w.-]+", file.name)
    assert re.fullmatch(r"[0-9a-f]{64}|[0-9a-f]{32}", file.digest)
    assert file.bytes is None or file.bytes > 0
    assert all(url.startswith("https://") for url in file.addresses)
    assert all(url.endswith(f"/{file.name}") for url in file.urls)


def test_no_two_files_share_a_hash() -> None:
    counts = Counter(file.digest for found in entries().values() for file in found.all_files)

    assert [digest for digest, count in counts.items() if digest and count > 1] == []


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("camvid", "camvid/camvid-480x360-png.tar"),
        # As in mirrors that are older than the entry.
        ("camvid_jpeg", "camvid/camvid-480x360.tar"),
    ],
)
def test_a_mirror_holds_both_variants_of_camvid_in_one_folder(name: str, path: str) -> None:
    (file,) = entry(name).files

    assert entry(name).in_mirror(Path("mirror"), name, file) == Path("mirror") / path


def test_an_unknown_entry_is_refused_with_the_known_ones() -> None:
    error = error_of(entry, "imagenet")

    assert error.found == "'imagenet'"
    for name in entries():
        assert name in error.expected


SHA256 = [{"sha256": text} for text in ("", "abc", "G" * 64, "a" * 63, "A" * 64)]
MD5 = [{"md5": text} for text in ("", "abc", "g" * 32, "A" * 32, "a" * 64)]


@pytest.mark.parametrize("pinned", SHA256 + MD5, ids=str)
def test_a_hash_that_is_none_is_refused(pinned: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        RegistryFile(name="a", urls=(), **pinned)


def test_a_file_has_exactly_one_hash() -> None:
    assert RegistryFile(name="a", sha256="a" * 64, urls=()).algorithm == "sha256"
    assert RegistryFile(name="a", md5="b" * 32, urls=()).algorithm == "md5"
    for hashes in ({}, {"sha256": "a" * 64, "md5": "b" * 32}):
        with pytest.raises(ValidationError, match="either sha256 or md5"):
            RegistryFile(name="a", urls=(), **hashes)


def test_only_what_has_no_published_sha256_is_pinned_by_md5() -> None:
    weak = {name for name, found in entries().items() for file in found.files if file.md5}

    assert weak == {"cityscapes"}


def test_a_file_that_is_not_downloaded_as_it_is_has_an_entry_that_says_what_to_do() -> None:
    without = {name for name, found in entries().items() for f in found.files if not f.urls}

    assert without == {"camvid", "camvid_jpeg", "cityscapes", "lfw"}
    for name in without:
        access = entry(name).access
        assert f"data/raw/{name}/" in access
        assert access.endswith(f"triptych fetch {name}")
        for file in entry(name).files:
            assert file.name in access
            if file.made_from:
                assert f"triptych data {file.made_from.step.replace('_', '-')}" in access


def test_weights_are_named_after_the_hash_that_is_pinned() -> None:
    for name in ("resnet101_imagenet", *(f"efficientnet_lite{size}" for size in range(3))):
        (file,) = entry(name).all_files
        assert re.fullmatch(rf"[\w-]+-{file.digest[:8]}\.pth", file.name)


@pytest.mark.parametrize("name", HUB)
def test_weights_of_the_hub_are_safetensors_with_a_pinned_hash(name: str) -> None:
    found = entry(name)
    assert found.hub is not None
    weights = [file for file in found.hub.files if file.name.endswith(".safetensors")]

    assert found.kind == "weights"
    assert weights
    assert all(file.sha256 for file in weights)
    for file in found.hub.files:
        assert re.fullmatch(r"([\w-]+/)*[\w.-]+\.(json|txt|model|safetensors)", file.name)
        assert not re.search("fp16|non_ema|safety_checker", file.name)


def test_inception_is_pinned_in_both_formats() -> None:
    torchscript, state = entry("inception_v3").files

    assert torchscript.name == "inception-2015-12-05.pt"
    assert state.name == f"weights-inception-2015-12-05-{state.digest[:8]}.pth"


def test_photos_are_not_passed_on_and_what_is_drawn_or_free_is() -> None:
    assert not any(map(redistributable, ("lfw", "camvid", "camvid_jpeg", "cityscapes", "voc")))
    assert all(map(redistributable, ("mnist", "digits", "drawn_faces", "drawn_streets")))


@pytest.mark.parametrize("revision", ["main", "1" * 39, "G" * 40, "v1.0"])
def test_a_revision_that_may_move_is_refused(revision: str) -> None:
    with pytest.raises(ValidationError):
        HubRepository(repository="a/b", revision=revision, files=(PinnedFile(name="c"),))


PLACES = {
    "files": (RegistryFile(name="d", sha256="a" * 64, urls=()),),
    "hub": HubRepository(repository="a/b", revision="1" * 40, files=(PinnedFile(name="c"),)),
    "distribution": Distribution(
        name="a", version="1", folder="b", files=(PinnedFile(name="c", sha256="a" * 64),)
    ),
}


@pytest.mark.parametrize(
    "places", [(), ("files", "hub"), ("files", "distribution"), ("hub", "distribution")]
)
def test_an_entry_has_one_place(places: tuple[str, ...]) -> None:
    texts = dict.fromkeys(("title", "license", "citation", "access"), "text")

    with pytest.raises(ValidationError, match="one of files, hub and distribution"):
        Entry(kind="weights", **texts, **{place: PLACES[place] for place in places})
