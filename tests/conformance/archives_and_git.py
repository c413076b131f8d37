"""Archives, legal deposit and git clients as they call themselves, with a source each.

No public list labels them; these lines are ours. Kinds are what they must be called.
"""

from typing import NamedTuple


class Known(NamedTuple):
    """One client: what it sends, which kinds are right, where that is written."""

    user_agent: str
    kinds: frozenset[str]
    source: str


ARCHIVE = frozenset(("archive-crawler",))
GIT = frozenset(("git",))
# Tools of archivists that anybody may run: any kind that is never made an offer.
TOOL = frozenset(("archive-crawler", "http-library", "browser", "unknown"))

CLIENTS = (
    Known(
        "Mozilla/5.0 (compatible; archive.org_bot +http://archive.org/details/"
        "archive.org_bot) Zeno/0a1b2c3 warc/v0.8.60",
        ARCHIVE,
        "https://archive.org/details/archive.org_bot",
    ),
    Known(
        "Mozilla/5.0 (compatible; heritrix/3.4.0 +http://archive.org/details/"
        "archive.org_bot)",
        ARCHIVE,
        "https://archive.org/details/archive.org_bot",
    ),
    Known(
        "Mozilla/5.0 (compatible; special_archiver/3.1.1 +http://www.archive.org/"
        "details/archive.org_bot)",
        ARCHIVE,
        "https://archive.org/details/archive.org_bot",
    ),
    Known(
        "Arquivo-web-crawler (compatible; heritrix/3.4.0-20200304 "
        "+https://arquivo.pt/faq-crawling)",
        ARCHIVE,
        "https://arquivo.pt/faq-crawling",
    ),
    Known(
        "bl.uk_ldfc_bot/3.4.0-20240923 (+https://www.bl.uk/legal-deposit-web-archiving)",
        ARCHIVE,
        "https://www.bl.uk/legal-deposit-web-archiving",
    ),
    Known(
        "Mozilla/5.0 (compatible; bnf.fr_bot; +https://www.bnf.fr/fr/capture-de-"
        "votre-site-web-par-le-robot-de-la-bnf)",
        ARCHIVE,
        "https://www.bnf.fr/fr/capture-de-votre-site-web-par-le-robot-de-la-bnf",
    ),
    Known(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
        "Chrome/120.0.0.0 Safari/537.36 (compatible; Browsertrix; "
        "+https://webrecorder.net)",
        TOOL,
        "https://webrecorder.net/browsertrix",
    ),
    Known(
        "Mozilla/5.0 (compatible; HTTrack 3.49; +https://www.httrack.com)",
        TOOL,
        "https://www.httrack.com",
    ),
    Known("Wget/1.21.3", TOOL, "https://www.gnu.org/software/wget/"),
    Known("git/2.39.5", GIT, "https://git-scm.com/docs/gitprotocol-http"),
    Known("git/2.51.0.windows.1", GIT, "https://gitforwindows.org"),
    Known("JGit/6.10.0.202406032230-r", GIT, "https://www.eclipse.org/jgit/"),
    Known("git/2.0 (libgit2 1.9.1)", GIT, "https://libgit2.org"),
    Known("git/dulwich/0.24.1", GIT, "https://www.dulwich.io"),
    Known("git/isomorphic-git@1.30.1", GIT, "https://isomorphic-git.org"),
    Known("go-git/5.x", GIT, "https://github.com/go-git/go-git"),
    Known("git-lfs/3.6.1 (GitHub; linux amd64; go 1.23.4)", GIT, "https://git-lfs.com"),
)
