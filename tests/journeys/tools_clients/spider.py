"""A spider as people write them with Scrapy: it follows every link of one site.

    python spider.py ADDRESS obeying|disobeying [USER-AGENT]

Prints how many answers of each status it got, as JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from scrapy import Spider
from scrapy.crawler import CrawlerProcess
from scrapy.linkextractors import LinkExtractor

START, MANNERS, *AGENT = sys.argv[1:]
COUNTED = "downloader/response_status_count/"


class Everything(Spider):  # type: ignore[misc]
    name = "everything"
    start_urls = (START,)

    def parse(self, response: Any, **_: Any) -> Iterator[Any]:
        """Follow the links of a page."""
        if "html" in response.headers.get("Content-Type", b"").decode():
            for link in LinkExtractor().extract_links(response):
                yield response.follow(link, self.parse)


settings = {
    "LOG_LEVEL": "ERROR",
    "TELNETCONSOLE_ENABLED": False,
    "COOKIES_ENABLED": False,
    "ROBOTSTXT_OBEY": MANNERS == "obeying",
    **({"USER_AGENT": AGENT[0]} if AGENT else {}),
}
process = CrawlerProcess(settings)
crawler = process.create_crawler(Everything)
process.crawl(crawler)
process.start()
stats = crawler.stats.get_stats() if crawler.stats else {}
told = {
    name.removeprefix(COUNTED): count
    for name, count in sorted(stats.items())
    if name.startswith(COUNTED)
}
print(json.dumps(told))  # noqa: T201 whoever started it reads that
