"""Which real clients come, and what their users do, in calm and in a crowd."""

from __future__ import annotations

from collections.abc import Sequence

from tests.journeys import clients_of_machines as machines
from tests.journeys import clients_of_people as people
from tests.journeys.clients_of_machines import CHATGPT_USER, GPTBOT, MASTODON, WAYBACK
from tests.journeys.experience import Told
from tests.journeys.visit import SEARCH

READS = "reads"
PRESSES = "is held, and presses the button"
RETURNS = "is held, and comes back by itself"
GIVES_UP = "is held, and gives up"
LATE = "need not be held"
HELD_UP = (PRESSES, RETURNS, GIVES_UP)

NO_SCRIPTS = "Chromium, JavaScript off"
DISOBEYING = "Scrapy, disobeying robots.txt"
WAYBACK_NAME = "Wayback Machine's name"
GPTBOT_NAME = "GPTBot's name (Scrapy)"
OPENS = "opens a page, then searches"
FRESH = "searches, having read nothing here"

ORDINARY: Sequence[Told] = (
    Told(
        *("curl", "curl", "gets a page, asks again, gets a part of a film"),
        machines.reads_with_curl,
    ),
    Told(
        *("wget", "wget", "saves a page with its parts"),
        machines.saves_a_page_with_wget(),
    ),
    Told("git", "git", "clones", machines.clones_with_git),
    Told("feedparser", "feedparser", "polls the feed twice", machines.polls_a_feed),
    Told(
        *("sickle (OAI-PMH)", "sickle", "harvests all records"),
        machines.harvests_with_sickle,
    ),
    Told(
        *("Zotero's name (curl)", "curl", "saves a page and a PDF"),
        machines.saves_an_item_like_zotero,
    ),
    Told(
        *("Mastodon's name (curl)", "curl", "previews a link"),
        machines.gets_with_curl(MASTODON, "/pages/4.html"),
    ),
    Told(
        *(f"{WAYBACK_NAME} (wget)", "wget", "saves a page with its parts"),
        machines.saves_a_page_with_wget("-U", WAYBACK),
    ),
    Told("yt-dlp", "yt-dlp", "downloads a film in parts", machines.downloads_a_film),
    Told("HTTrack", "httrack", "mirrors the site", machines.mirrors_with_httrack),
    Told(
        *("Scrapy, obeying robots.txt", "scrapy", "crawls"),
        machines.crawls_with_scrapy("obeying"),
    ),
    Told(
        *("ChatGPT-User's name (curl)", "curl", "fetches a page for somebody"),
        machines.gets_with_curl(CHATGPT_USER, "/pages/5.html"),
    ),
    Told(
        *(GPTBOT_NAME, "scrapy", "crawls"),
        machines.crawls_with_scrapy("obeying", GPTBOT),
    ),
)
CALM: Sequence[Told] = (
    Told("Chromium", "chromium", OPENS, people.opens_a_page_in_chromium),
    Told(NO_SCRIPTS, "chromium", OPENS, people.opens_a_page_without_scripts),
    Told("lynx", "lynx", OPENS, people.reads_at_a_terminal(people.LYNX)),
    Told("w3m", "w3m", OPENS, people.reads_at_a_terminal(people.W3M)),
    Told("edbrowse", "edbrowse", OPENS, people.reads_at_a_terminal(people.EDBROWSE)),
    *ORDINARY,
    Told(
        *(DISOBEYING, "scrapy", "crawls, all searches too"),
        machines.crawls_with_scrapy("disobeying"),
    ),
)
"""In calm: nobody else is there, and the search is as quick as it is."""
PRESSED: Sequence[Told] = (
    Told(
        *("Chromium", "chromium", "opens a page, then searches"),
        *(people.searches_in_chromium_after_reading, LATE),
    ),
    Told(
        *(NO_SCRIPTS, "chromium", FRESH),
        *(people.presses_the_button_without_scripts, PRESSES),
    ),
    Told(
        *("lynx", "lynx", FRESH),
        *(people.presses_the_button_at_a_terminal(people.LYNX), PRESSES),
    ),
    Told(
        *("w3m", "w3m", FRESH),
        *(people.presses_the_button_at_a_terminal(people.W3M), PRESSES),
    ),
    Told(
        *("edbrowse", "edbrowse", FRESH),
        *(people.presses_the_button_at_a_terminal(people.EDBROWSE), PRESSES),
    ),
    Told(
        *("curl", "curl", "searches with `--retry`"),
        *(machines.searches_with_curl_until_it_gets_there, RETURNS),
    ),
    Told(
        *("wget", "wget", "searches with `--retry-on-http-error`"),
        *(machines.searches_with_wget_until_it_gets_there, RETURNS),
    ),
    *ORDINARY,
    Told(
        *(f"{WAYBACK_NAME} (curl)", "curl", "saves a search"),
        *(machines.gets_with_curl(WAYBACK, SEARCH), LATE),
    ),
    Told(
        *(DISOBEYING, "scrapy", "crawls, all searches too"),
        *(machines.crawls_with_scrapy("disobeying"), GIVES_UP),
    ),
)
"""While a crowd asks for searches, and the archive makes none at first."""
