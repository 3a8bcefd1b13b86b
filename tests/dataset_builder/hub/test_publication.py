"""The checks of a publication before anything is sent."""

import pytest

from mma_bench.hub.publication import HubError, Publication, RepoType, require_publishable


@pytest.mark.parametrize("repo_type", ["dataset", "model", "space"])
@pytest.mark.parametrize("front_matter", ["license: [apache-2.0", "license: a: b", "- license"])
def test_malformed_front_matter_is_refused_in_one_line(repo_type: RepoType, front_matter: str) -> None:
    card = f"---\n{front_matter}\n---\n# Card\n".encode()
    publication = Publication(
        what="dataset", repo_type=repo_type, files={"README.md": card}, allowed=(), mark="", mark_says="", usage=""
    )
    with pytest.raises(HubError, match=r"^README\.md: invalid YAML front matter \(.+\); correct it$"):
        require_publishable(publication)


def test_a_card_without_a_licence_is_refused() -> None:
    publication = Publication(
        what="dataset",
        repo_type="dataset",
        files={"README.md": b"---\ntags: [video]\n---\n"},
        allowed=(),
        mark="",
        mark_says="",
        usage="",
    )
    with pytest.raises(HubError, match="no `license`"):
        require_publishable(publication)
