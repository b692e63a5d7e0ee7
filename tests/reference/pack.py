"""Pack the reference cases into ``data/*.tar.xz``: the same bytes every time, the files inside unchanged.

Run: ``python tests/reference/pack.py --source ../shared/reference``
"""

from __future__ import annotations

import argparse
import io
import lzma
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODELS = ("cascade", "inventory", "ario")
LEFT_OUT = ("p01_paper_example_n11",)
"""Cases whose input is an example of somebody else: tested from the source folder only, never committed."""


def files_of(folder: Path) -> list[Path]:
    """Return the files of one model's folder, sorted, without those left out."""
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    return [p for p in found if not set(LEFT_OUT) & set(p.relative_to(folder).parts)]


def packed(folder: Path) -> bytes:
    """Return a folder as .tar.xz: names sorted, no times, no owners, so that the bytes depend on the content only."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in files_of(folder):
            content = path.read_bytes()
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return lzma.compress(stream.getvalue(), format=lzma.FORMAT_XZ, preset=9 | lzma.PRESET_EXTREME)


def main(arguments: list[str] | None = None) -> None:
    """Pack every model's folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--source", type=Path, default=HERE.parents[2] / "shared" / "reference", help="folder of the cases"
    )
    parser.add_argument("--target", type=Path, default=HERE / "data", help="folder of the archives")
    chosen = parser.parse_args(arguments)
    missing = [m for m in MODELS if not (chosen.source / m).is_dir()]
    if missing:
        parser.error(f"{chosen.source} has no folder {', '.join(missing)}; give --source")
    chosen.target.mkdir(parents=True, exist_ok=True)
    for model in MODELS:
        content = packed(chosen.source / model)
        (chosen.target / f"{model}.tar.xz").write_bytes(content)
        sys.stdout.write(f"{model}.tar.xz: {len(content):,} bytes\n")


if __name__ == "__main__":
    main()
