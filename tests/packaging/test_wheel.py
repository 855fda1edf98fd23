"""The wheel: is all inside that an installation outside the checkout needs?"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.packaging.conftest import TakesTheTour

pytestmark = [pytest.mark.packaging, pytest.mark.timeout(1000)]
ROOT = Path(__file__).resolve().parents[2]


def build(target: str, folder: Path) -> Path:
    hatchling: list[str | Path] = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "--target",
        target,
        "--directory",
        folder,
    ]
    subprocess.run(hatchling, check=True, capture_output=True, cwd=ROOT)
    (made,) = folder.iterdir()
    return made


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", tmp_path_factory.mktemp("wheel"))


def test_it_holds_the_program_and_its_resources_only(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "console/__main__.py" in names
    resources = [path.relative_to(ROOT / "resources") for path in (ROOT / "resources").rglob("*.*") if path.is_file()]
    assert resources
    for resource in resources:
        assert f"console/_resources/{resource.as_posix()}" in names
    assert {name.partition("/")[0] for name in names} == {"console", wheel.name.rpartition("-py3")[0] + ".dist-info"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_source_archive_holds_what_the_tests_need(tmp_path: Path) -> None:
    with tarfile.open(build("sdist", tmp_path / "sdist")) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "Makefile",
        "README.md",
        "benchmarks/__main__.py",
        "packaging/gatewatch.spec",
        "packaging/lock.py",
        "pyproject.toml",
        "requirements.lock",
        "resources/themes/dark.toml",
        "tests/conftest.py",
    } <= names


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """An environment with the wheel in it, which finds the libraries where they are already: nothing is downloaded."""
    home = tmp_path / "venv"
    venv.create(home, symlinks=os.name != "nt")
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        scripts / "python",
        "--disable-pip-version-check",
        "--quiet",
    ]
    subprocess.run([*pip, "install", "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return scripts


def test_an_installed_wheel_takes_the_tour(installed: Path, takes_the_tour: TakesTheTour) -> None:
    where: list[str | Path] = [installed / "python", "-c", "import console; print(console.__file__)"]
    found = subprocess.run(where, capture_output=True, text=True, check=True, cwd=installed).stdout
    assert Path(found).is_relative_to(installed.parent)
    takes_the_tour(installed / "gatewatch", "lock", "overview")  # the frozen program takes all of it
