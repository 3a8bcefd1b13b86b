"""Schedule attempts. Time is a number here; no test waits."""

from mma_bench.audioset.fetching.schedule import MAX_WAIT, Schedule


def schedule(items="abc", *, pause=0.0, attempts=3, backoff=10.0):
    return Schedule(items, now=100.0, pause=pause, attempts=attempts, backoff=backoff)


def test_items_are_tried_in_their_order():
    waiting = schedule()
    assert [waiting.begin(100.0).item for _ in "abc"] == ["a", "b", "c"]
    assert waiting.begin(100.0) is None
    assert waiting.next_at() is None


def test_between_two_beginnings_there_is_a_pause():
    waiting = schedule(pause=2.0)
    assert waiting.begin(100.0).item == "a"
    assert waiting.next_at() == 102.0
    assert waiting.begin(101.9) is None
    assert waiting.begin(102.0).item == "b"


def test_a_failed_try_comes_back_later_each_time_after_twice_as_long_and_then_no_more():
    waiting = schedule("a", attempts=3)
    first = waiting.begin(100.0)
    assert waiting.retry(first, now=100.0, retry_after=None)
    assert waiting.next_at() == 110.0
    second = waiting.begin(110.0)
    assert waiting.retry(second, now=110.0, retry_after=None)
    assert waiting.next_at() == 130.0
    assert not waiting.retry(waiting.begin(130.0), now=130.0, retry_after=None)
    assert len(waiting) == 0


def test_others_go_on_while_a_failed_one_waits():
    waiting = schedule("ab")
    waiting.retry(waiting.begin(100.0), now=100.0, retry_after=None)
    assert waiting.begin(100.0).item == "b"


def test_a_failed_one_whose_time_has_come_goes_before_those_never_tried():
    waiting = schedule("abc")
    waiting.retry(waiting.begin(100.0), now=100.0, retry_after=None)
    assert waiting.begin(110.0).item == "a"


def test_a_server_that_asks_to_wait_is_left_alone_by_all():
    waiting = schedule("ab", backoff=1.0)
    waiting.retry(waiting.begin(100.0), now=100.0, retry_after=60.0)
    assert waiting.next_at() == 160.0
    assert waiting.begin(159.0) is None
    assert [waiting.begin(160.0).item for _ in "ab"] == ["a", "b"]


def test_it_is_left_alone_even_where_the_item_has_had_its_tries():
    waiting = schedule("ab", attempts=1)
    assert not waiting.retry(waiting.begin(100.0), now=100.0, retry_after=60.0)
    assert waiting.next_at() == 160.0


def test_no_server_can_make_us_wait_for_ever():
    waiting = schedule("ab")
    waiting.retry(waiting.begin(100.0), now=100.0, retry_after=1e9)
    assert waiting.next_at() == 100.0 + MAX_WAIT


def test_what_will_not_be_tried_any_more_comes_out_in_order():
    waiting = schedule("abc")
    waiting.retry(waiting.begin(100.0), now=100.0, retry_after=None)
    assert waiting.drain() == ["a", "b", "c"]
    assert len(waiting) == 0
