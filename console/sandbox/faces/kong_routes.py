"""What Kong is told to route where."""

from __future__ import annotations

AUTH = "/api/v1/auth"
MFA = "/api/v1/mfa"
NOTIFICATIONS = "/api/v1/notifications"
VERSION = "3.7.1"

# Route prefix -> the component that answers it. The sign-in routes are open; the others need a token at the gateway.
ROUTES = {
    AUTH: "identity-service",
    "/api/v1/users": "identity-service",
    "/api/v1/organizations": "identity-service",
    MFA: "identity-service",
    "/api/v1/documents": "content-service",
    "/api/v1/search": "content-service",
    NOTIFICATIONS: "communication-service",
    "/api/v1/messages": "communication-service",
    "/api/v1/workflows": "workflow-service",
    "/api/v1/ai": "workflow-service",
    "/api/v1/business": "workflow-service",
}
SERVICES = tuple(dict.fromkeys(ROUTES.values()))
