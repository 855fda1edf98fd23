"""What a person does in a browser, against the sandbox's own page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from console.services.browser_sign_in import BrowserSignIn

ANA = "u-2"


class Person:
    """Opens the page, presses a button on it, and is sent on by it."""

    def __init__(self) -> None:
        self.landed = ""  # where the provider sends the browser

    async def agree(self, attempt: BrowserSignIn, user_id: str) -> httpx.Response:
        """Be that user; what the browser ends on."""
        async with httpx.AsyncClient(trust_env=False, timeout=20) as browser:
            page = await browser.get(attempt.url, follow_redirects=True)
            assert "Continue as" in page.text
            sent_on = await browser.post(page.url, data={"user": user_id})
            assert sent_on.status_code == 303
            self.landed = sent_on.headers["location"]
            return await browser.get(self.landed)

    async def decline(self, attempt: BrowserSignIn) -> httpx.Response:
        """Press the button that says no."""
        return await self.agree(attempt, "")
