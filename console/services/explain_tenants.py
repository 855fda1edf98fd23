"""Errors about tenants in the operator's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.i18n import tr
from console.model.errors import TenantMismatch
from console.services.explanation import Explanation

if TYPE_CHECKING:
    from console.model.errors import TenantRequired


def explain_tenancy(error: TenantRequired | TenantMismatch) -> Explanation:
    """For whom the gateway answers is not settled."""
    if isinstance(error, TenantMismatch):
        return Explanation(
            headline=tr(
                "The gateway answered for the tenant {answered} instead of {wanted}.",
                answered=error.answered or tr("it did not name"),
                wanted=error.wanted or tr("the one asked for"),
            ),
            advice=tr("Nothing of that answer is shown. Choose a tenant that this account may act for."),
            field="tenant",
        )
    return Explanation(
        headline=tr("The gateway wants to know for which tenant."),
        advice=tr("Choose a tenant; if that changes nothing, sign in again."),
        field="tenant",
    )
