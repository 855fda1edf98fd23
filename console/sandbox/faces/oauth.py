"""Sign-in through a browser, alike on every face: a provider with a page on which a person agrees."""

from __future__ import annotations

import html
import secrets
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from console.sandbox.authorizations import AuthorizationRequest, checked
from console.sandbox.faces.fields import text_fields

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from console.sandbox.accounts import User
    from console.sandbox.world import World

    Handler = Callable[[Request], Awaitable[Response]]

PROVIDER = "sandbox-sso"
TITLE = "Sandbox single sign-on"
_BODY_LIMIT_BYTES = 16 * 1024
_PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>body{{font:16px system-ui,sans-serif;margin:12vh auto;max-width:26em;color-scheme:light dark}}
button{{font:inherit;padding:.5em 1em;margin:.25em 0;display:block;width:100%}}</style></head>
<body><h1>{title}</h1>{body}</body></html>"""


class OAuthRoutes:
    """The routes below `prefix`.

    Args:
        world: The platform.
        prefix: Such as `/api/auth/oauth`.
        signed_in: The face's answer to a sign-in that worked.
    """

    def __init__(self, world: World, prefix: str, signed_in: Callable[[Request, User], Response]) -> None:
        self._world = world
        self._prefix = prefix
        self._signed_in = signed_in

    def routes(self) -> list[Route]:
        """To be mounted by a face."""
        base = f"{self._prefix}/{{provider}}"
        return [
            Route(f"{self._prefix}/providers", self._offered(self._providers), methods=["GET"]),
            Route(f"{base}/authorize", self._offered(self._authorize), methods=["GET"]),
            Route(f"{base}/consent", self._offered(self._consent), methods=["GET", "POST"]),
            Route(f"{base}/done", self._offered(self._done), methods=["GET"]),
            Route(f"{base}/callback", self._offered(self._callback), methods=["POST"]),
        ]

    @property
    def _fault(self) -> str:
        return self._world.faults.flags.oauth

    def _offered(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            provider = request.path_params.get("provider", PROVIDER)
            if self._fault == "absent" or provider != PROVIDER:
                return JSONResponse({"detail": "Not Found"}, 404)
            return await handler(request)

        return guarded

    def _address(self, request: Request, page: str = "") -> str:
        return f"{str(request.base_url).rstrip('/')}{self._prefix}/{PROVIDER}{page}"

    async def _providers(self, request: Request) -> Response:
        if not self._world.faults.flags.field_routes:
            return JSONResponse([{"name": PROVIDER, "display_name": TITLE, "issuer": self._address(request)}])
        ours = {"provider": PROVIDER, "name": TITLE, "configured": True, "enabled": True, "description": "For trying"}
        other = {"provider": "github", "name": "GitHub", "configured": False, "enabled": False, "description": ""}
        return JSONResponse({"providers": [ours, other], "total_count": 2, "enabled_count": 1})

    async def _authorize(self, request: Request) -> Response:
        asked = self._checked(request, dict(request.query_params))
        if isinstance(asked, str):
            return JSONResponse({"detail": asked}, 400)
        redirect_uri = self._address(request, "/done") if self._fault == "elsewhere" else asked.redirect_uri
        query = urlencode(
            {
                "redirect_uri": redirect_uri,
                "state": asked.state,
                "code_challenge": asked.challenge,
                "code_challenge_method": "S256",
                "response_type": "code",
            }
        )
        url = f"{self._address(request, '/consent')}?{query}"
        if self._fault == "page":
            return RedirectResponse(url, 302)
        return JSONResponse({"authorization_url": url, "provider": PROVIDER, "state": asked.state})

    async def _consent(self, request: Request) -> Response:
        """The page on which a person chooses who they are, and what becomes of the choice."""
        asked = self._checked(request, dict(request.query_params))
        if isinstance(asked, str):
            return _page("This link does not work", html.escape(asked), 400)
        if request.method != "POST":
            return _page(TITLE, self._form())
        body = await request.body()
        chosen = dict(parse_qsl(body[:_BODY_LIMIT_BYTES].decode("latin-1"))).get("user", "")
        user = self._world.accounts.find(chosen)
        state = secrets.token_urlsafe(32) if self._fault == "wrong_state" else asked.state
        answer = {"state": state, "iss": self._address(request)}
        if self._fault == "wrong_issuer":
            answer["iss"] = "https://accounts.elsewhere.example"
        if user is None:
            answer |= {"error": "access_denied", "error_description": "You said <b>no</b> to Gatewatch."}
        else:
            if self._fault == "other_user":
                user = next(other for other in self._world.accounts.everyone() if other.id != chosen)
            answer["code"] = self._world.authorizations.agree(asked, user.id)
        return RedirectResponse(f"{asked.redirect_uri}?{urlencode(answer)}", 303)

    def _form(self) -> str:
        buttons = "".join(
            f'<button name="user" value="{html.escape(user.id)}">Continue as {html.escape(user.name)} '
            f"({html.escape(user.email)})</button>"
            for user in self._world.accounts.everyone()
        )
        return (
            "<p>Gatewatch asks to be signed in to the sandbox. Nothing here is real.</p>"
            f'<form method="post">{buttons}<button name="user" value="">Cancel</button></form>'
        )

    async def _done(self, request: Request) -> Response:
        """Where gateways send the browser that know no other place: the code is there to be copied."""
        code = request.query_params.get("code", "")
        return _page("Almost there", f"<p>Paste this code into Gatewatch:</p><p><code>{html.escape(code)}</code></p>")

    async def _callback(self, request: Request) -> Response:
        self._world.stats.code_trades += 1
        fields = await text_fields(request, "code", "code_verifier", "redirect_uri", "state")
        if isinstance(fields, Response):
            return fields
        user_id = self._world.authorizations.trade(
            PROVIDER, fields["code"], fields["code_verifier"], fields["redirect_uri"]
        )
        user = self._world.accounts.find(user_id) if user_id is not None else None
        if user is None:
            return JSONResponse({"detail": "The code is not valid any more", "code": "invalid_grant"}, 400)
        return self._bent(self._signed_in(request, user))

    def _bent(self, answer: Response) -> Response:
        """The token answer, as broken as it is switched to be."""
        body = bytes(answer.body)
        match self._fault:
            case "html":
                return HTMLResponse("<html><body>Sign-in service is being maintained</body></html>")
            case "error_200":
                return JSONResponse({"error": "server_error", "error_description": "try later"})
            case "bad_lifetime":
                return Response(body.replace(b'"expires_in":', b'"expires_in":-'), media_type="application/json")
            case "mac_token":
                return Response(body[:-1].rstrip() + b',"token_type":"mac"}', media_type="application/json")
            case "no_user":
                return Response(body.replace(b'"user":', b'"unused":'), media_type="application/json")
            case _:
                return answer

    def _checked(self, request: Request, query: dict[str, str]) -> AuthorizationRequest | str:
        return checked(PROVIDER, query, self._address(request, "/done"))


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(
        _PAGE.format(title=html.escape(title), body=body),
        status,
        {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY"},
    )
