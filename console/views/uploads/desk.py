"""The upload queue in the window: its numbers from the start, its view when it is wanted, and what is asked first."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from console.i18n import tr
from console.presenters.display import printable
from console.presenters.task_scope import TaskScope
from console.presenters.upload_texts import NAME, counted, counted_files, short_text, summary_text
from console.presenters.uploads import UploadsPresenter
from console.views.actions import Command
from console.views.destinations import DOCUMENTS, UPLOADS
from console.views.dialogs import Question, ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from console.model.upload import UploadItem
    from console.presenters.uploads_state import UploadsState
    from console.services.ports import GatewayDirectory
    from console.services.upload_ports import Refusal, UploadQueue
    from console.views.destinations import DestinationView
    from console.views.main_window import MainWindow
    from console.views.theme import ThemeProvider
    from console.views.uploads.view import UploadsView

_SHOWN_MOST = 999


class UploadsDesk(QObject):
    """Keeps the numbers on the rail and in the status bar; asks before much is given up."""

    def __init__(
        self,
        window: MainWindow,
        themes: ThemeProvider,
        queue: UploadQueue,
        directory: GatewayDirectory,
        current: Callable[[], str],
        on_error: Callable[[str, Exception], None],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`current` is the name of the chosen gateway, empty for none: the one that is proposed for files."""
        super().__init__(window)
        self._window = window
        self._themes = themes
        self._directory = directory
        self._current = current
        self._tasks = TaskScope(self, on_error)
        self.presenter = UploadsPresenter(queue, directory, on_error, clock, self)
        self.presenter.state_changed.connect(self._count)
        for command in self._commands():
            window.actions_registry.add(command)
        self.presenter.start()

    @property
    def makers(self) -> Mapping[str, Callable[[str], DestinationView]]:
        """For `console.views.destinations.ViewShelf`."""
        return {UPLOADS: self._view}

    def unfinished(self) -> Mapping[str, int]:
        """How many uploads of each gateway are neither done nor cancelled."""
        return self.presenter.state.unfinished_of

    async def stop(self) -> None:
        """Cancel what is under way."""
        await self._tasks.close()
        await self.presenter.stop()

    def add_files(self) -> None:
        """Let the operator choose files."""
        self._choose_paths(tr("Add files"), "uploads.files.dialog", QFileDialog.FileMode.ExistingFiles)

    def add_folder(self) -> None:
        """Let the operator choose a folder: all files in it."""
        self._choose_paths(tr("Add a folder"), "uploads.folder.dialog", QFileDialog.FileMode.Directory)

    def offer(self, paths: Sequence[Path]) -> None:
        """Look through files and folders, ask which gateway they are for, and queue them."""
        if paths and not self._tasks.start("add files", lambda: self._add(paths)):
            self.presenter.say(tr("The files that were chosen before are still being added."))

    def _view(self, _gateway: str) -> UploadsView:
        from console.views.uploads.view import UploadsView  # noqa: PLC0415  (when it is wanted)

        view = UploadsView(self.presenter, self._themes)
        view.files_wanted.connect(self.add_files)
        view.folder_wanted.connect(self.add_folder)
        view.dropped.connect(self.offer)
        view.cancel_wanted.connect(self._cancel)
        view.removal_wanted.connect(self._remove)
        view.file_wanted.connect(self._find_file)
        view.list_wanted.connect(self._save_list)
        view.sign_in_wanted.connect(lambda name: self._window.show_service(name, ""))
        view.document_wanted.connect(partial(self._window.show_part, DOCUMENTS))
        return view

    def _count(self, state: UploadsState) -> None:
        unfinished = state.unfinished
        shown = f"{_SHOWN_MOST}+" if unfinished > _SHOWN_MOST else str(unfinished or "")
        meaning = summary_text(state) if unfinished else ""
        self._window.rail.set_count(UPLOADS, shown, meaning, calls=bool(state.needing))
        self._window.status.show_uploads(short_text(state), meaning)

    def _commands(self) -> Iterator[Command]:
        def state() -> UploadsState:
            return self.presenter.state

        def make(
            id_: str, text: str, handler: Callable[[], object], enabled: Callable[[], bool], *keys: str
        ) -> Command:
            return Command(
                id=f"uploads.{id_}", text=text, handler=handler, keys=keys, group=tr("Uploads"), enabled=enabled
            )

        hold = self.presenter.hold
        yield make("add", tr("Add files to upload"), self.add_files, lambda: state().loaded, "Ctrl+O")
        yield make("add.folder", tr("Add a folder to upload"), self.add_folder, lambda: state().loaded, "Ctrl+Shift+O")
        yield make(
            "pause", tr("Pause all uploads"), partial(hold, paused=True), lambda: state().movable and not state().paused
        )
        yield make("resume", tr("Resume all uploads"), partial(hold, paused=False), lambda: state().paused)
        yield make("retry", tr("Retry failed uploads"), self.presenter.retry_failed, lambda: bool(state().failed))
        yield make("clear", tr("Clear uploads that are done"), self.presenter.clear_done, lambda: bool(state().settled))
        yield make("save", tr("Save list…"), self._save_list, lambda: any(state().counts.values()))
        yield make("cancel", tr("Cancel all uploads"), self._cancel_all, lambda: bool(state().unfinished))

    # Adding

    async def _add(self, paths: Sequence[Path]) -> None:
        from console.views.uploads.add_dialog import AddDialog  # noqa: PLC0415  (when it is wanted)

        survey = await self.presenter.survey(paths)
        gateways = self.presenter.gateways()
        if not survey.files:
            self.presenter.say(tr("There is no file in it that can be sent."))
            self._tell_refused(tr("Nothing to add"), survey.refused)
            return
        if not gateways:
            self.presenter.say(tr("None of your gateways takes documents."))
            return
        dialog = AddDialog(self._window, self._themes, survey, gateways, self._current())
        if not await ask(dialog) or (chosen := dialog.chosen) is None:
            self.presenter.say("")
            return
        added = await self.presenter.add(chosen.profile, survey.files, chosen.metadata, chosen.priority)
        refused, files = len(added.refused), counted_files(len(survey.files))
        self._tell_refused(tr("{count} of {files} not taken", count=f"{refused:,}", files=files), added.refused)

    def _tell_refused(self, headline: str, refused: Sequence[Refusal]) -> None:
        from console.views.uploads.add_dialog import RefusalsDialog  # noqa: PLC0415  (when it is wanted)

        if refused:
            RefusalsDialog(self._window, self._themes, headline, refused).open()

    def _choose_paths(self, title: str, name: str, mode: QFileDialog.FileMode) -> None:
        self._window.go(UPLOADS)  # where it is told what comes of it
        dialog = self._file_dialog(title, name, mode)
        dialog.filesSelected.connect(lambda chosen: self.offer(tuple(map(Path, chosen))))
        dialog.open()

    def _find_file(self, item_id: str) -> None:
        item = self.presenter.item(item_id)
        if item is None:
            return
        title = tr("Find {name}", name=printable(item.name, NAME))
        dialog = self._file_dialog(title, "uploads.find.dialog", QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda chosen: self.presenter.locate(item_id, Path(chosen)))
        dialog.open()

    def _file_dialog(self, title: str, name: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self._window, title)
        dialog.setObjectName(name)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        return dialog

    # The list as a file

    def _save_list(self) -> None:
        self._window.go(UPLOADS)  # where it is told what comes of it
        dialog = QFileDialog(self._window, tr("Save list of uploads"))
        dialog.setObjectName("uploads.save.dialog")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.selectFile("uploads.csv")
        as_they_are = tr("CSV for programs: texts as they are, also those that are formulas (*.csv)")
        dialog.setNameFilters([tr("CSV for spreadsheets: ' before texts that would be formulas (*.csv)"), as_they_are])
        dialog.fileSelected.connect(
            lambda path: self.presenter.save_list(path, guarded=dialog.selectedNameFilter() != as_they_are)
        )
        dialog.open()

    # Giving up

    def _cancel_all(self) -> None:
        self._cancel(self.presenter.unfinished())

    def _cancel(self, items: Sequence[UploadItem]) -> None:
        self._ask_about(
            items,
            len(items) > 1,
            headline=tr("Cancel {items}?", items=counted(len(items))),
            detail=tr("What is being sent breaks off. What may have arrived already is looked up first."),
            verb=tr("Cancel {items}", items=counted(len(items))),
            then=self.presenter.cancel,
        )

    def _remove(self, items: Sequence[UploadItem]) -> None:
        lost = sum(not item.state.settled for item in items)
        self._ask_about(
            items,
            lost > 1,
            headline=tr("Remove {items}?", items=counted(len(items))),
            detail=tr("{count} of them did not arrive. They are forgotten, with their stories.", count=f"{lost:,}"),
            verb=tr("Remove {items}", items=counted(len(items))),
            then=self.presenter.remove,
        )

    def _ask_about(
        self,
        items: Sequence[UploadItem],
        asks: bool,
        *,
        headline: str,
        detail: str,
        verb: str,
        then: Callable[[Sequence[str]], None],
    ) -> None:
        ids = [item.id for item in items]
        if not asks:
            then(ids)
            return

        async def work() -> None:
            typed = self._production_among({item.profile for item in items})
            if await ask(
                Question(self._window, self._themes, headline=headline, detail=detail, verb=verb, typed=typed)
            ):
                then(ids)

        self._tasks.start("ask about uploads", work)

    def _production_among(self, names: set[str]) -> str:
        """The first of these that is a production gateway; empty where none is."""
        return next((one.name for one in self._directory.profiles.value if one.production and one.name in names), "")
