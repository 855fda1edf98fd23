"""Makes the diagnostics of a gateway when they are wanted, with what a support bundle is collected from."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.presenters.bundle import BundlePresenter
from console.presenters.diagnostics import DiagnosticsPresenter
from console.services.bundle_facts import gateway_facts
from console.services.support_bundle import bundle_files
from console.views.diagnostics.view import DiagnosticsView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.model.blame import Verdict
    from console.paths import Home
    from console.services.directory import Directory
    from console.store.record import Record
    from console.views.theme import ThemeProvider


def diagnostics_view(
    name: str,
    directory: Directory,
    record: Record,
    home: Home,
    themes: ThemeProvider,
    on_error: Callable[[str, Exception], None],
) -> DiagnosticsView:
    """The diagnostics of the gateway of that name."""
    session = directory.session(name)
    presenter = DiagnosticsPresenter(session, record, on_error)

    async def collect(hide_addresses: bool, verdict: Verdict | None) -> Mapping[str, str]:
        facts = await gateway_facts(session, session.profile.gateway_id, record, verdict)
        return await asyncio.to_thread(
            bundle_files,
            settings_file=home.settings_file,
            logs_dir=home.logs_dir,
            profiles=directory.profiles.value,
            exchanges={name: tuple(reversed(presenter.rows.exchanges))},
            facts={name: facts},
            now=datetime.now(UTC),
            hide_addresses=hide_addresses,
        )

    view = DiagnosticsView(presenter, themes, lambda: BundlePresenter(collect, session.diagnose, on_error))
    presenter.setParent(view)
    return view
