"""Downloads that resume after an interruption."""

import shutil
from pathlib import Path
from typing import Any

import requests

from triptych.data.registry import PinnedFile
from triptych.job.progress import byte_bar
from triptych.storage.files import flush

SECONDS_TO_ANSWER = 30

_CHUNK_BYTES = 1 << 16


class Resuming:
    """A downloader for pooch; a partial file keeps the received bytes between attempts."""

    def __init__(self, partial: Path, file: PinnedFile) -> None:
        self.partial = partial
        self.file = file

    def __call__(self, url: str, output_file: Any, _: Any) -> None:
        have = self.partial.stat().st_size if self.partial.is_file() else 0
        # Without compression, because a range counts the transmitted bytes.
        headers = {"Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        with requests.get(url, headers=headers, stream=True, timeout=SECONDS_TO_ANSWER) as answer:
            if answer.status_code == requests.codes.requested_range_not_satisfiable:
                # The partial file is as long as the whole file, or longer: start again.
                self.partial.unlink()
                self(url, output_file, _)
                return
            answer.raise_for_status()
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                raise ValueError("the response is a web page, such as a login, not the file")
            continued = answer.status_code == requests.codes.partial_content
            self._receive(answer, have if continued else 0)
        flush(self.partial)
        shutil.move(self.partial, output_file)

    def _receive(self, answer: requests.Response, have: int) -> None:
        length = answer.headers.get("Content-Length")
        total = have + int(length) if length else self.file.bytes
        with (
            self.partial.open("ab" if have else "wb") as partial,
            byte_bar(self.file.name, total=total, initial=have) as progress,
        ):
            for chunk in answer.iter_content(_CHUNK_BYTES):
                partial.write(chunk)
                progress.update(len(chunk))
