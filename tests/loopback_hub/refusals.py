"""How the Hub says no: a status, words, and a code that clients turn into an exception's class."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class HubError(Exception):
    """An answer other than the one that was asked for."""

    def __init__(self, status: int, message: str, code: str | None = None, **headers: str) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def no_such_repo(*, known_asker: bool) -> HubError:
    """A stranger is told 401, whether there is none or it is private."""
    return HubError(404 if known_asker else 401, "Repository not found", "RepoNotFound")


def no_such_revision(revision: str) -> HubError:
    """Neither a branch, a tag nor a commit."""
    return HubError(404, f"Invalid rev id: {revision}", "RevisionNotFound")


def no_such_entry(path: str, commit: str) -> HubError:
    """Clients remember that a commit lacks a file, so they are told which commit."""
    return HubError(404, f"{path} does not exist on {commit}", "EntryNotFound", X_Repo_Commit=commit)


def answer_refusal(request: Request, refusal: Exception) -> Response:
    """A refusal as HTTP."""
    assert isinstance(refusal, HubError)
    headers = {"X-Error-Message": refusal.message, **refusal.headers}
    if refusal.code:
        headers["X-Error-Code"] = refusal.code
    return JSONResponse({"error": refusal.message}, refusal.status, headers)
