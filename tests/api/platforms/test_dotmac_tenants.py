"""What dotmac says of a tenant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.api.platforms.dotmac.wire import understand
from console.api.platforms.dotmac.wire_tenants import tenant_config
from console.model.capability import Capability
from console.model.errors import Rejected, TenantRequired
from console.model.tenancy import TenantConfig

ORIGIN = "https://gateway.example:8443"


def test_the_configuration_of_the_guide_is_read() -> None:
    found = tenant_config(
        {
            "tenant_id": "contoso",
            "name": "Contoso",
            "branding": {"primary_color": "#8A3FFC", "logo_url": f"{ORIGIN}/logo.svg"},
            "features": {"service_monitoring": False, "audit_dashboard": True, "odd": "yes"},
        },
        origin=ORIGIN,
    )
    assert (found.tenant_id, found.name) == ("contoso", "Contoso")
    assert (found.branding.colour, found.branding.logo) == ("#8a3ffc", "/logo.svg")
    assert found.flags.off == {Capability.HEALTH: "service_monitoring"}
    assert found.flags.named == {"service_monitoring": False, "audit_dashboard": True}


def test_running_servers_name_it_otherwise_or_not_at_all() -> None:
    assert tenant_config({"id": "t-1", "name": "One"}, origin=ORIGIN).tenant_id == "t-1"
    assert tenant_config(None, origin=ORIGIN) == TenantConfig()


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/logo.svg",
        "//elsewhere.example/logo.svg",
        "http://gateway.example:8443/logo.svg",
        "https://gateway.example/logo.svg",
        "javascript:alert(1)",
        "data:image/png;base64,AA",
        "logo.svg",
        "https://[broken",
    ],
)
def test_a_logo_of_another_origin_is_left_out(url: str) -> None:
    assert tenant_config({"id": "t", "branding": {"logo_url": url}}, origin=ORIGIN).branding.logo == ""


@given(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.dictionaries(st.text(), st.text())))
def test_whatever_it_says_is_a_configuration(body: dict[str, object]) -> None:
    found = tenant_config(body, origin=ORIGIN)
    assert found.branding.colour == "" or found.branding.colour.startswith("#")


def test_a_missing_tenant_is_no_malformed_request() -> None:
    meant = understand(Rejected("Tenant ID is required for this request.", status=400, request_id="r-1"))
    assert isinstance(meant, TenantRequired)
    assert meant.request_id == "r-1"
    for other in (Rejected("Name is required", status=400), Rejected("Tenant ID is required", status=422)):
        assert understand(other) is other
