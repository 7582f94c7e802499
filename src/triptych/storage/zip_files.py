"""What zipfile raises on a damaged ZIP file, apart from the system's errors."""

import zlib
from lzma import LZMAError
from zipfile import BadZipFile

# RuntimeError: a file is encrypted, or compressed in a way that zipfile does not know.
# IndexError and UnicodeError: a name is empty, or not in the encoding that it should have.
FAULTS = (BadZipFile, zlib.error, LZMAError, RuntimeError, EOFError, IndexError, UnicodeError)
