"""Small files in the shapes that Online Retail comes in."""

import io
import tarfile
from pathlib import Path

from toile.sources.raw_lines import RAW_COLUMNS

HEADER = ",".join(RAW_COLUMNS)
LANTERN = "536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom"
BAG = '536366,22633,"BAG, PAPER",2,2010-12-02 09:00:00,1.85,,Österreich'


def csv_text(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines]) + "\n"


def write_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path
