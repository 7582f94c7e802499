"""The registry of data sets and weights."""

import re
from collections import Counter

import pytest
from pydantic import ValidationError

from triptych.data.registry import RegistryFile, entries, entry
from triptych.errors import UserError

FILES = [
    pytest.param(name, file, id=f"{name}-{file.name}")
    for name, found in entries().items()
    for file in found.files
]


def test_the_registry_has_the_entries_that_the_parameters_may_name() -> None:
    assert {"mnist", "madry_natural", "madry_secret"} <= entries().keys()


@pytest.mark.parametrize("name", sorted(entries()))
def test_an_entry_says_what_it_is_whose_it_is_and_how_it_may_be_had(name: str) -> None:
    found = entry(name)

    assert found.files
    for text in (found.title, found.licence, found.citation, found.access):
        assert text.strip()


@pytest.mark.parametrize(("name", "file"), FILES)
def test_a_file_has_a_plain_name_a_pinned_hash_and_an_encrypted_address(
    name: str, file: RegistryFile
) -> None:
    assert re.fullmatch(r"[\w.-]+", file.name)
    assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    assert file.bytes is None or file.bytes > 0
    for url in file.urls:
        assert url.startswith("https://")
        assert url.endswith(f"/{file.name}")


def test_no_two_files_share_a_hash() -> None:
    counts = Counter(file.sha256 for found in entries().values() for file in found.files)

    assert [digest for digest, count in counts.items() if count > 1] == []


def test_an_unknown_entry_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UserError) as caught:
        entry("imagenet")

    assert caught.value.found == "'imagenet'"
    for name in entries():
        assert name in caught.value.expected


@pytest.mark.parametrize("sha256", ["", "abc", "G" * 64, "a" * 63, "A" * 64])
def test_a_hash_that_is_none_is_refused(sha256: str) -> None:
    with pytest.raises(ValidationError):
        RegistryFile(name="a", sha256=sha256, urls=())
