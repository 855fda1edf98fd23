"""The settings in words: captions, what each is for, and the words of their choices."""

from __future__ import annotations

from console.i18n import tr


def section_text(section: str) -> tuple[str, str]:
    """Title of a section, and a sentence on what it is about."""
    match section:
        case "gateways":
            return tr("Gateways"), tr("How each gateway is reached, and how careful to be with it.")
        case "appearance":
            return tr("Appearance"), tr("How the window looks, on this machine.")
        case "staleness":
            return tr("Old values"), tr("From which age a value is greyed because it may no longer be true.")
        case "record":
            return tr("Local record"), tr(
                "What was seen is recorded here, encrypted, and shown when a gateway is away."
            )
        case "alerts":
            return tr("Alerts"), tr("When to be told that a service turned bad, also while the window is hidden.")
        case "security":
            return tr("Security"), tr("What happens when nobody is at the machine, and to secrets that were copied.")
        case "uploads":
            return tr("Uploads"), tr("How documents are sent, by this window and by the command line.")
        case _:
            return section, ""


def setting_text(key: str) -> tuple[str, str]:  # noqa: C901, PLR0912  (one case a setting)
    """Caption of a setting, and what follows from it."""
    match key:
        case "appearance.theme":
            return tr("Theme"), tr("Automatic follows the operating system.")
        case "appearance.density":
            return tr("Density"), tr("How much room rows and controls take. Touch suits fingers.")
        case "appearance.reduced_motion":
            return tr("Reduce motion"), tr("Menus and tips appear at once, and the text cursor does not blink.")
        case "appearance.times":
            return tr("Times"), tr("The zone of times on screen. What is copied or exported is in UTC always.")
        case "staleness.health_s":
            return tr("Health of a service"), tr("At least twice the interval at which its gateway is asked.")
        case "staleness.execution_s":
            return tr("A running execution"), ""
        case "staleness.queue_s":
            return tr("The upload queue"), ""
        case "staleness.audit_s":
            return tr("A page of the audit trail"), ""
        case "staleness.directory_s":
            about = tr("Users, tenants and what else changes seldom. It is asked for anew at half that age.")
            return tr("Directory data"), about
        case "record.max_size":
            return tr("Largest size"), tr("What is oldest gives way. Sign-ins and what waits to be sent do not count.")
        case "alerts.enabled":
            return tr("Alerts"), tr("A line in the window and, where the desktop has them, a notification.")
        case "alerts.states":
            return tr("Tell of a service that turns"), ""
        case "alerts.sound":
            return tr("Bell"), tr("The system's bell with each alert.")
        case "alerts.quiet_from":
            return tr("Quiet from"), tr("Local time, such as 22:00. Empty: never quiet.")
        case "alerts.quiet_to":
            return tr("Quiet until"), tr("Until this time nothing is told; the window still shows it.")
        case "security.lock_after_minutes":
            return tr("Lock when idle"), tr("After this time without a key or a click. 0 is never.")
        case "security.lock_on_suspend":
            about = tr("Noticed by the clock, seconds after waking. A sleep of less than half a minute is not noticed.")
            return tr("Lock after suspend"), about
        case "security.clear_clipboard_after_s":
            return tr("Clear copied secrets"), tr("Unless something else was copied meanwhile. 0 is never.")
        case "uploads.concurrency":
            return tr("At once"), tr("So many documents to each gateway at the same time.")
        case "uploads.bandwidth_kib_s":
            about = tr("Everything together is sent no faster, whatever the queue is limited to. 0 is no limit.")
            return tr("Bandwidth"), about
        case "uploads.retry_delays_s":
            about = tr(
                "Waits after each failure in a row, never shorter. After the last one a document fails for good."
            )
            return tr("Tried again after"), about
        case _:
            return key, ""


def unit_text(key: str) -> str:
    """The unit of a number; empty for none."""
    if key.endswith("_kib_s"):
        return tr("KiB per second")
    if key.endswith("_s"):
        return tr("seconds")
    return tr("minutes") if key.endswith("_minutes") else ""


def choice_text(key: str, choice: str) -> str:  # noqa: C901  (one case a word)
    """A word of a choice, as shown."""
    match key, choice:
        case "appearance.theme", "auto":
            return tr("Automatic")
        case _, "light":
            return tr("Light")
        case _, "dark":
            return tr("Dark")
        case _, "high-contrast":
            return tr("High contrast")
        case _, "compact":
            return tr("Compact")
        case _, "normal":
            return tr("Normal")
        case _, "touch":
            return tr("Touch")
        case _, "local":
            return tr("Local time")
        case _, "utc":
            return tr("UTC")
        case _, "unhealthy":
            return tr("unhealthy")
        case _, "degraded":
            return tr("degraded")
        case _:
            return choice
