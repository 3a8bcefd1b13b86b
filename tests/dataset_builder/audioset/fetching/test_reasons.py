"""Classify the messages of yt-dlp and its extractors, taken from its source and from reports of users."""

import pickle

import pytest

from mma_bench.audioset.fetching.reasons import FetchError, reason_of

SAID = {
    "Video unavailable": "unavailable",
    "Video unavailable. This video is no longer available because the YouTube account associated with this video has "
    "been terminated.": "unavailable",
    "This video has been removed by the uploader": "unavailable",
    "This video has been removed for violating YouTube's policy on harassment and bullying": "unavailable",
    "Video unavailable. This video is no longer available due to a copyright claim by Somebody": "unavailable",
    "This video does not exist.": "unavailable",
    "Premieres in 3 hours": "unavailable",
    "This live event will begin in 2 days.": "unavailable",
    "We're processing this video. Check back later.": "unavailable",
    "Unsupported URL: https://example.org/": "unavailable",
    "Requested format is not available. Use --list-formats for a list of available formats": "unavailable",
    "This video is DRM protected": "unavailable",
    "Private video. Sign in if you've been granted access to this video": "private",
    "This video is private": "private",
    "Join this channel to get access to members-only content like this video, and other exclusive perks.": "private",
    "This video is available to this channel's members on level: Fan": "private",
    "This video requires payment to watch.": "private",
    "This video is only available to Music Premium members": "private",
    "Sign in to confirm your age. This video may be inappropriate for some users.": "age",
    "The uploader has not made this video available in your country": "geography",
    "This video contains content from SME, who has blocked it in your country on copyright grounds": "geography",
    "This video is not available from your location due to geo restriction": "geography",
    "Sign in to confirm you\u2019re not a bot. Use --cookies-from-browser or --cookies": "bot_check",
    "Sign in to confirm you're not a bot.": "bot_check",
    "This content isn't available, try again later. The current session has been rate-limited by YouTube": "network",
    "Video unavailable. This content isn\u2019t available.": "network",
    "Unable to download webpage: The read operation timed out": "network",
    "Got error: 405400 bytes read, 405400 more expected": "network",
    "Unable to download webpage: [Errno -3] Temporary failure in name resolution": "network",
    "Unable to download API page: [Errno 111] Connection refused": "network",
    "Did not get any data blocks": "network",
    "An extractor error has occurred. (caused by KeyError('title')); please report this issue": "other",
}


@pytest.mark.parametrize(("message", "reason"), SAID.items())
def test_words_are_sorted_into_reasons(message, reason):
    assert reason_of(message) == reason


@pytest.mark.parametrize(
    ("status", "loading", "reason"),
    [
        (404, False, "unavailable"),
        (410, False, "unavailable"),
        (401, False, "private"),
        (403, False, "private"),
        (403, True, "network"),  # the address of a recording expires
        (451, False, "geography"),
        (429, False, "network"),
        (500, False, "network"),
        (503, True, "network"),
    ],
)
def test_a_status_counts_before_words(status, loading, reason):
    assert reason_of(f"HTTP Error {status}: Video unavailable", status, loading=loading) == reason


def test_yt_dlp_still_says_what_the_patterns_look_for():
    """Its YouTube extractor's own source: words that change there should be changed here."""
    from inspect import getsource

    from yt_dlp.extractor.youtube import _video

    source = getsource(_video)
    for words in ("confirm your age", "available in your country", "rate-limited by YouTube", "Private video"):
        assert words in source


def test_a_reason_comes_whole_out_of_a_worker_process():
    error = pickle.loads(pickle.dumps(FetchError("network", "HTTP Error 429", retry_after=2.5)))
    assert (error.reason, error.detail, error.retry_after) == ("network", "HTTP Error 429", 2.5)
