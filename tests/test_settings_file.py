"""The settings file on disk: changed without loss, one writer after the other, never over what can't be understood."""

from __future__ import annotations

import os
import stat
import string
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import tomlkit
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.model.appearance import ThemeChoice
from console.model.errors import SettingsError
from console.model.profile import Profile
from console.model.setting import BY_KEY, SETTINGS, BadValue, Kind, Setting, Value, preferences, value_text
from console.settings import Settings
from console.settings.file import SettingsFile

ROOT = Path(__file__).resolve().parent.parent
on_files = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
not_windows = pytest.mark.skipif(sys.platform == "win32", reason="modes and limits of POSIX")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


keys = st.one_of(
    st.sampled_from(["appearance", "alerts", "profiles", "record", "theme", "x", "version"]),
    st.text(string.ascii_letters + '-_ ."é', min_size=1, max_size=6),
)
scalars = st.one_of(
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(),
    st.text(max_size=12),
    st.datetimes(),
    st.dates(),
    st.times(),
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
documents = st.dictionaries(keys, values, max_size=5)


def written(setting: Setting) -> st.SearchStrategy[Value]:
    match setting.kind:
        case Kind.CHOICE:
            return st.sampled_from(setting.choices)
        case Kind.SWITCH:
            return st.booleans()
        case Kind.NUMBER:
            return st.integers(int(max(setting.least, 0)), int(setting.most))
        case Kind.SIZE:
            return st.integers(16, 1 << 20).map(lambda count: f"{count} MiB")
        case Kind.CLOCK:
            return st.times().map(lambda at: f"{at:%H:%M}") | st.just("")
        case Kind.WAITS:
            return st.lists(st.floats(setting.least, setting.most), max_size=20).map(tuple)
        case Kind.STATES:
            return st.sets(st.sampled_from(setting.choices)).map(
                lambda chosen: tuple(choice for choice in setting.choices if choice in chosen)
            )


changes = st.sampled_from(SETTINGS).flatmap(lambda setting: st.tuples(st.just(setting), st.none() | written(setting)))


@on_files
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"a" * 70 + b"= [" + b"[" * 2000)
def test_any_file_is_read_or_refused_and_never_written_over(file: Path, raw: bytes) -> None:
    file.write_bytes(raw)
    refusal: SettingsError | None = None
    try:
        Settings(file).read()
    except SettingsError as exc:
        refusal = exc
    if refusal is not None:
        assert refusal.kept_as == file
        with pytest.raises(SettingsError):
            Settings(file).set("appearance.theme", "dark")
        assert file.read_bytes() == raw


@on_files
@given(documents, changes, st.booleans())
def test_a_change_loses_nothing_of_what_others_wrote(
    file: Path, document: dict[str, object], change: tuple[Setting, Value | None], comments: bool
) -> None:
    text = tomlkit.dumps(document)
    if comments:
        text = f"# first\n{text}\n# last\n"
    before = tomllib.loads(text)
    file.write_text(text, encoding="utf-8", newline="")
    setting, value = change
    try:
        Settings(file).set(setting.key, value)
    except SettingsError:
        assert file.read_bytes() == text.encode()
        return
    after_text = file.read_bytes().decode()
    after = tomllib.loads(after_text)
    got = after.get(setting.section, {}).pop(setting.name, None)
    before.get(setting.section, {}).pop(setting.name, None)
    kept = None if value is None else setting.checked(value)  # in its one spelling
    assert got == (list(kept) if isinstance(kept, tuple) else kept)
    for tables in (before, after):
        if not tables.get(setting.section, True):
            del tables[setting.section]
    assert repr(_sorted(after)) == repr(_sorted(before))
    if comments:
        assert "# first" in after_text
        assert "# last" in after_text


def _sorted(value: object) -> object:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


@given(st.sampled_from(SETTINGS).flatmap(lambda setting: st.tuples(st.just(setting), written(setting))))
def test_what_is_allowed_is_understood_in_its_text_too(pair: tuple[Setting, Value]) -> None:
    setting, value = pair
    checked = setting.checked(value)
    assert setting.checked(checked) == checked
    assert setting.understood(value_text(checked)) == checked
    preferences({setting.key: checked})


@given(st.sampled_from(SETTINGS), values)
def test_any_value_is_checked_or_refused_in_words(setting: Setting, raw: object) -> None:
    refusal: BadValue | None = None
    try:
        preferences({setting.key: setting.checked(raw)})
    except BadValue as exc:
        refusal = exc
    if refusal is not None:
        assert refusal.allowed == setting.allowed
        assert str(refusal).isprintable()


def test_every_default_is_allowed_and_is_what_preferences_have() -> None:
    assert preferences({setting.key: setting.checked(setting.default) for setting in SETTINGS}) == preferences({})


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("record.max_size", "1gib", "1 GiB"),
        ("record.max_size", "1.5 GiB", "1536 MiB"),
        ("record.max_size", "20000 KiB", "20000 KiB"),
        ("record.max_size", "15 MiB", None),
        ("record.max_size", "1 GB", None),
        ("alerts.quiet_from", "7:05", "07:05"),
        ("alerts.quiet_from", "24:00", None),
        ("alerts.states", "degraded unhealthy", ("unhealthy", "degraded")),
        ("alerts.states", "", ()),
        ("alerts.enabled", "Off", False),
        ("staleness.health_s", "2,5", 2.5),
        ("staleness.health_s", "nan", None),
        ("staleness.health_s", "0.99", None),
        ("security.lock_after_minutes", "2.5", None),
        ("appearance.theme", "Dark", "dark"),
    ],
)
def test_typed_values(key: str, text: str, value: Value | None) -> None:
    if value is None:
        with pytest.raises(BadValue):
            BY_KEY[key].understood(text)
    else:
        assert BY_KEY[key].understood(text) == value


def test_windows_line_ends_are_kept(file: Path) -> None:
    file.write_bytes(b"# mine\r\n[appearance]\r\ntheme = 'light' # why\r\n")
    Settings(file).set("appearance.theme", "dark")
    raw = file.read_bytes()
    assert raw.count(b"\n") == raw.count(b"\r\n") == 3
    assert b"# why" in raw
    assert Settings(file).read().preferences.appearance.theme is ThemeChoice.DARK


WRITER = """
import sys
from pathlib import Path
from console.settings import Settings
settings, name = Settings(Path(sys.argv[1])), sys.argv[2]
for count in range(12):
    from console.model.profile import Profile
    settings.save(Profile(name=f"{name}-{count}", url="http://127.0.0.1:1", platform="kong"))
"""


def test_writers_in_many_processes_lose_nothing(file: Path) -> None:
    file.write_text("# mine\n", encoding="utf-8")
    running = [subprocess.Popen([sys.executable, "-c", WRITER, str(file), name], cwd=ROOT) for name in "abc"]
    for count in range(12):
        Settings(file).set("staleness.health_s", count + 1)
    assert [process.wait(60) for process in running] == [0, 0, 0]
    reading = Settings(file).read()
    assert len(reading.profiles) == 36
    assert reading.preferences.staleness.health_s == 12
    assert file.read_text(encoding="utf-8").startswith("# mine\n")
    assert [entry.name for entry in file.parent.iterdir() if entry.is_file() and "lock" not in entry.name] == [
        file.name
    ]


def test_what_an_editor_saves_meanwhile_is_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("[appearance]\ntheme = 'light'\n", encoding="utf-8")
    synced: list[int] = []
    real = os.fsync

    def editor_saves(descriptor: int) -> None:
        real(descriptor)
        if not synced:
            file.write_text("[appearance]\ntheme = 'light'\ntimes = 'utc' # by hand\n", encoding="utf-8")
        synced.append(descriptor)

    monkeypatch.setattr(os, "fsync", editor_saves)
    Settings(file).set("appearance.theme", "dark")
    assert file.read_text(encoding="utf-8") == "[appearance]\ntheme = \"dark\"\ntimes = 'utc' # by hand\n"


def test_a_file_that_is_written_all_the_time_is_given_up(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("x = 0\n", encoding="utf-8")
    counted = iter(range(1, 100))
    monkeypatch.setattr(os, "fsync", lambda _: file.write_text(f"x = {next(counted)}\n", encoding="utf-8"))
    with pytest.raises(SettingsError, match="all the time"):
        Settings(file).set("appearance.theme", "dark")
    assert [entry.name for entry in file.parent.iterdir() if entry.is_file()] == [file.name]


@not_windows
def test_a_file_that_is_marked_read_only_is_left_alone(file: Path) -> None:  # fault 133
    file.write_text("x = 1\n", encoding="utf-8")
    file.chmod(0o444)
    with pytest.raises(SettingsError, match="marked read-only"):
        Settings(file).set("appearance.theme", "dark")
    assert file.read_text(encoding="utf-8") == "x = 1\n"
    assert Settings(file).read().problems == ()


@not_windows
def test_a_link_stays_a_link_and_what_is_written_is_private(file: Path, tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    target = tmp_path / "dotfiles" / "gatewatch.toml"
    target.write_text("# kept elsewhere\n", encoding="utf-8")
    file.symlink_to(target)
    Settings(file).set("appearance.theme", "dark")
    assert file.is_symlink()
    assert "dark" in target.read_text(encoding="utf-8")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


@not_windows
def test_what_is_no_file_is_refused_at_once(file: Path) -> None:
    os.mkfifo(file)  # reading it would wait for ever
    with pytest.raises(SettingsError, match="no file"):
        Settings(file).read()


FULL = """
import resource, sys
from pathlib import Path
from console.model.errors import SettingsError
from console.settings import Settings
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
try:
    Settings(Path(sys.argv[1])).set("appearance.theme", "dark")
except SettingsError as exc:
    print(exc)
"""


@not_windows
def test_a_full_disk_leaves_the_old_file(file: Path) -> None:
    before = "# " + "x" * 200 + "\n"
    file.write_text(before, encoding="utf-8")
    child = subprocess.run(
        [sys.executable, "-c", FULL, str(file)], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert "can't be written: File too large" in child.stdout
    assert file.read_text(encoding="utf-8") == before
    assert [entry.name for entry in file.parent.iterdir() if entry.is_file()] == [file.name]


def test_a_repair_keeps_the_broken_file_and_writes_what_holds(file: Path) -> None:  # fault 133
    kong = Profile(name="kong", url="http://127.0.0.1:1", platform="kong")
    kept = []
    for count in range(2):
        file.write_text(f"[broken {count}", encoding="utf-8")
        kept.append(Settings(file).repair([kong], {"appearance.theme": "dark"}))
        reading = Settings(file).read()
        assert (reading.profiles, reading.values, reading.problems) == ((kong,), {"appearance.theme": "dark"}, ())
    assert [path.read_text(encoding="utf-8") for path in kept if path is not None] == ["[broken 0", "[broken 1"]
    assert all(path is not None and path.name.startswith("settings.toml.broken-2") for path in kept)
    assert Settings(file).repair([], {}) is None  # nothing to repair: nothing is lost
    assert Settings(file).read().profiles == (kong,)


def test_the_stamp_follows_the_file(file: Path) -> None:
    known = SettingsFile(file)
    stamps = {known.stamp()}
    for text in ("a = 1\n", "a = 22\n"):
        file.write_text(text, encoding="utf-8")
        stamps.add(known.stamp())
    assert len(stamps) == 3
