"""What became of the local store, in the operator's words."""

from __future__ import annotations

from console.i18n import tr
from console.model.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreError,
    StoreForeign,
    StoreFull,
    StoreLocked,
    StoreOtherBuild,
    StoreTooNew,
    WrongPassphrase,
)
from console.services.explanation import Explanation, quoted


def explain_store(error: StoreError) -> Explanation:  # noqa: C901  (one case an error)
    """What became of the local store."""
    name = error.path.name if error.path else tr("the local store")
    match error:
        case StoreLocked(needs="choice"):
            return Explanation(
                headline=tr("No keyring answers on this computer, so there is no place for the store's key."),
                advice=tr("Choose a passphrase, or keep nothing on this computer."),
            )
        case StoreLocked(needs="passphrase"):
            return Explanation(headline=tr("The local store is protected by a passphrase."), field="password")
        case StoreLocked():
            return Explanation(
                headline=tr("The key of the local store is out of reach{detail}.", detail=quoted(error.detail)),
                advice=tr("Unlock the keyring and try again. The store is left as it is."),
            )
        case WrongPassphrase():
            return Explanation(headline=tr("This passphrase does not open the store."), field="password")
        case StoreForeign():
            return Explanation(
                headline=tr("The file {name} is not from this store, or no store at all.", name=name),
                advice=tr("It is kept as it is."),
            )
        case StoreCorrupt():
            return Explanation(headline=tr("The file {name} is damaged.", name=name), advice=tr("It is kept as it is."))
        case StoreTooNew():
            return Explanation(
                headline=tr("The file {name} was written by a newer Gatewatch.", name=name),
                advice=tr("Install that version; this one leaves the file as it is."),
            )
        case StoreOtherBuild():
            return Explanation(
                headline=tr("The file {name} has the tables of another build of Gatewatch.", name=name),
                advice=tr("It is kept as it is; the build that wrote it can read it."),
            )
        case StoreBusy():
            return Explanation(
                headline=tr("Another process holds {name}.", name=name), advice=tr("Close it, then try again.")
            )
        case StoreFull():
            return Explanation(
                headline=tr("There is no space left to write {name}.", name=name),
                advice=tr("What is shown stays; free some space to record again."),
            )
        case _:
            return Explanation(headline=tr("The local store failed{detail}.", detail=quoted(error.detail)))
