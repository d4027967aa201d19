#!/usr/bin/env python3
"""Reads letters with parsers that are not ours: Python's email (strict), html.parser, and icalendar.

Usage: parse_letter.py FOLDER, with pairs NNNN.eml (the bytes) and NNNN.json (what they must say).
       parse_letter.py --parts FILE, with one JSON object a line, "subject", "text" and "html": only compares the two parts.
Prints "N letters read" and exits 0, or every fault with its letter and exits 1.
Needs Python 3.9 or later and the package `icalendar` (Debian: apt-get install python3-icalendar).
"""

import collections
import datetime
import email
import email.policy
import html.parser
import json
import pathlib
import re
import sys
import urllib.parse

try:
    import icalendar
except ImportError:
    sys.exit("the Python package `icalendar` is missing; install it: apt-get install python3-icalendar")

VOID = {"meta", "br"}
COLUMNS_MAX = 78
LINE_OCTETS_MAX = 78
CALENDAR_OCTETS_MAX = 75
MONTHS = (
    "қаңтар ақпан наурыз сәуір мамыр маусым шілде тамыз қыркүйек қазан қараша желтоқсан "
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря "
    "January February March April May June July August September October November December"
)
DATE = re.compile(
    r"\d{4} жылғы \d{1,2} (?:%(m)s)|\d{1,2} (?:%(m)s) \d{4}" % {"m": "|".join(MONTHS.split())}
)


def flat(text):
    """One line, single spaces."""
    return " ".join(text.split())


class Page(html.parser.HTMLParser):
    """Collects the visible text cell by cell and checks the shape of the page."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.faults, self.stack, self.chunks, self.langs, self.roles = [], [], [], [], []
        self.data_tables, self.chunk, self.skip, self.meta = 0, "", False, {}

    def flush(self):
        if flat(self.chunk) and not self.skip:
            self.chunks.append(flat(self.chunk))
        self.chunk = ""

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in VOID:
            self.flush()
            if "name" in attrs:
                self.meta[attrs["name"]] = attrs.get("content")
            return
        if tag not in ("a", "strong", "span", "s"):
            self.flush()
        if tag in ("img", "script", "link", "iframe", "form"):
            self.faults.append(f"<{tag}> in a letter")
        if "lang" in attrs:
            self.langs.append(attrs["lang"])
        if tag == "th" and attrs.get("scope") not in ("row", "col"):
            self.faults.append("<th> without scope")
        if tag == "table":
            if not {"cellpadding", "cellspacing", "border"} <= set(attrs):
                self.faults.append("<table> without the attributes that Outlook reads")
            self.roles.append(attrs.get("role"))
        if tag == "th" and self.roles and self.roles[-1] == "presentation":
            self.faults.append("<th> in a layout table")
        if tag == "td" and self.roles and self.roles[-1] not in ("presentation", None):
            self.faults.append("unknown table role")
        self.skip = tag in ("style", "title") or (tag == "th" and attrs.get("scope") == "col")
        self.stack.append(tag)

    def handle_endtag(self, tag):
        if tag not in ("a", "strong", "span", "s"):
            self.flush()
        self.skip = False
        if not self.stack or self.stack.pop() != tag:
            self.faults.append(f"</{tag}> does not close what is open")
        if tag == "table":
            self.roles.pop()

    def handle_data(self, data):
        self.chunk += data

    def close(self):
        super().close()
        self.flush()
        if self.stack:
            self.faults.append(f"left open: {self.stack}")


def check_page(page, wanted, text, say):
    page.close()
    for fault in page.faults:
        say(fault)
    if page.langs[:1] != [wanted["language"]] or wanted["language"] not in page.langs[1:]:
        say(f"lang attributes {page.langs[:3]}")
    if page.meta.get("color-scheme") != "light dark" or "viewport" not in page.meta:
        say("no colour scheme or viewport")
    # The stem stands in the subject and, in HTML, above the letter.
    one_line = flat(wanted["subject"] + " " + text)
    for chunk in page.chunks:
        if chunk not in one_line:
            say(f"HTML says, text does not: {chunk!r}")
    visible = " ".join(page.chunks)
    differ = set(DATE.findall(visible)) ^ set(DATE.findall(flat(text)))
    if differ:
        say(f"dates differ: {sorted(differ)}")
    numbers = re.compile(r"№ [^\s\]]+")
    differ = set(numbers.findall(visible)) ^ set(numbers.findall(one_line))
    if differ:
        say(f"case numbers differ: {sorted(differ)}")


# What only arranges: bullets, headings, dashes, rules; and the colon that a table cell's edge replaces.
ORNAMENTS = {"", "*", "!", "==", "--", "—", "·", "=" * 60}


def words(text):
    """The words of a text in their order, without what only arranges them."""
    stripped = (word.rstrip(":") for word in text.split())
    return [word for word in stripped if word not in ORNAMENTS]


class Said(html.parser.HTMLParser):
    """What a reader of the HTML part is told: words and addresses, the rows of tables apart from the rest."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.stems, self.rows, self.rest, self.case_links = [], [], "", []
        self.row, self.skip, self.stem, self.link, self.in_case = None, False, False, None, False

    def say(self, text):
        if self.row is None:
            self.rest += text
        else:
            self.row += text

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag in ("style", "title") or (tag == "th" and attrs.get("scope") == "col"):
            self.skip = True
        if tag == "table" and "card" in attrs.get("class", ""):
            self.stem = True
        if tag == "th" and "cell" in attrs.get("class", ""):
            self.row, self.in_case = "", True
        if tag == "a":
            self.link = [attrs["href"], ""]
        elif tag != "s":
            self.say(" ")

    def handle_endtag(self, tag):
        if tag == "a":
            address, shown = self.link
            if self.in_case:
                self.case_links.append((address, flat(shown)))
            elif flat(shown) != address:
                self.say(f" {address} ")
            self.link = None
        elif tag != "s":
            self.say(" ")
        if tag == "th":
            self.in_case = False
        if tag == "tr" and self.row is not None:
            self.rows.append(self.row)
            self.row = None
        if tag in ("style", "title", "th"):
            self.skip = False

    def handle_data(self, data):
        if self.skip:
            return
        if self.stem and data.strip():
            self.stems.append(flat(data))
            self.stem = False
            return
        if self.link:
            self.link[1] += data
        self.say(data)


def compare(subject, text, markup, say):
    """The same words, dates, numbers, quotes and addresses in both parts; outside tables also in the same order."""
    said = Said()
    said.feed(markup)
    said.close()
    if not said.stems or not all(stem in subject for stem in said.stems):
        say(f"stems {said.stems} of {subject!r}")
    rows, rest = [], []
    for block in text.split("\n\n"):
        (rows if block.lstrip("\n").startswith("* ") else rest).append(block)
    told, written = words(said.rest), words(" ".join(rest))
    if told != written:
        at = next((i for i, pair in enumerate(zip(told, written)) if pair[0] != pair[1]), min(len(told), len(written)))
        say(f"HTML and text part ways: {' '.join(told[at:at + 8])!r}, {' '.join(written[at:at + 8])!r}")
    if len(said.rows) != len(rows):
        say(f"{len(said.rows)} rows in HTML, {len(rows)} in the text")
    for told, written in zip(said.rows, rows):
        told, written = collections.Counter(words(told)), collections.Counter(words(written))
        if told != written:
            say(f"a row differs: HTML {dict(told - written)}, text {dict(written - told)}")
    # In a table the case number is the link; the text prints the number.
    for address, shown in said.case_links:
        number = urllib.parse.unquote(address.rsplit("/", 1)[-1])
        if shown != f"№ {number}":
            say(f"the link of {shown!r} leads to {address}")


def compare_all(path):
    faults, count = [], 0
    with open(path, encoding="utf-8") as lines:
        for count, line in enumerate(lines, 1):
            letter = json.loads(line)
            say = lambda fault, count=count: faults.append(f"letter {count}: {fault}")
            compare(letter["subject"], letter["text"], letter["html"], say)
    return count, faults


def check_calendar(body, method, say):
    raw = body.encode("utf-8")
    if b"\n" in raw.replace(b"\r\n", b"") or not raw.endswith(b"END:VCALENDAR\r\n"):
        say("calendar lines do not end with CRLF")
    for line in raw.split(b"\r\n"):
        if len(line) > CALENDAR_OCTETS_MAX:
            say(f"calendar line of {len(line)} octets")
    calendar = icalendar.Calendar.from_ical(raw)
    if calendar.errors or str(calendar["METHOD"]) != method or str(calendar["VERSION"]) != "2.0":
        say(f"calendar object: {calendar.errors}")
    if not str(calendar["PRODID"]):
        say("no PRODID")
    entries = calendar.walk("VEVENT")
    if not entries:
        say("calendar without an entry")
    for entry in entries:
        if entry.errors:
            say(f"entry: {entry.errors}")
        for name in ("UID", "DTSTAMP", "SEQUENCE", "SUMMARY", "ORGANIZER", "STATUS"):
            if name not in entry:
                say(f"entry without {name}")
        for name in ("ATTENDEE", "DTEND", "DURATION"):
            if name in entry:
                say(f"entry with {name}")
        cancelled = str(entry["STATUS"]) == "CANCELLED"
        if method == "CANCEL" and not cancelled:
            say("CANCEL of an entry that is not cancelled")
        start = entry.get("DTSTART")
        if start is None and not cancelled:
            say("entry without DTSTART")
        if start is not None:
            if type(start.dt) is not datetime.date:
                say("DTSTART is not a whole day")
            if start.dt.strftime("%Y%m%d") in str(entry["UID"]) or start.dt.isoformat() in str(entry["UID"]):
                say("UID contains the date")
        alarms = entry.walk("VALARM")
        if len(alarms) != (0 if cancelled else 1):
            say(f"{len(alarms)} alarms")
        for alarm in alarms:
            if str(alarm["ACTION"]) != "DISPLAY" or "DESCRIPTION" not in alarm:
                say("alarm incomplete")
            if alarm["TRIGGER"].dt >= datetime.timedelta(0):
                say("alarm after the day")


def check(path):
    faults = []
    say = lambda fault: faults.append(f"{path.name}: {fault}")
    raw = path.read_bytes()
    wanted = json.loads(path.with_suffix(".json").read_text("utf-8"))
    if b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b""):
        say("a line does not end with CRLF")
    for line in raw.split(b"\r\n"):
        if len(line) > LINE_OCTETS_MAX:
            say(f"line of {len(line)} octets: {line[:40]!r}")
        if any(octet > 126 for octet in line):
            say("8-bit data")
    policy = email.policy.strict.clone(utf8=False)
    message = email.message_from_bytes(raw, policy=policy)
    for part in message.walk():
        if part.defects:
            say(f"defects {part.defects}")
        for name, value in part.items():
            if value.defects:
                say(f"{name}: {value.defects}")
    names = [name.lower() for name in message.keys()]
    if len(names) != len(set(names)):
        say(f"a header twice: {names}")
    if str(message["Subject"]) != flat(wanted["subject"]):
        say(f"subject {message['Subject']!r}")
    if str(message["Message-ID"]) != wanted["message_id"]:
        say("Message-ID")
    if message["Date"].datetime.tzinfo is None or message["MIME-Version"] != "1.0":
        say("Date or MIME-Version")
    if message["To"].addresses[0].display_name != wanted["to_post"] or len(message["To"].addresses) != 1:
        say(f"To {message['To']!r}")
    if message["References"] != message["In-Reply-To"]:
        say("References and In-Reply-To differ")
    kinds = [part.get_content_type() for part in message.walk()]
    expected = ["multipart/mixed", "multipart/alternative", "text/plain", "text/html"]
    if wanted["ics"]:
        expected.append("text/calendar")
    if kinds != expected:
        say(f"structure {kinds}")
        return faults
    leaves = [part for part in message.walk() if not part.is_multipart()]
    for part in leaves:
        if part.get_content_charset() != "utf-8":
            say(f"charset {part.get_content_charset()}")
    text, markup = (leaf.get_content().replace("\r\n", "\n") for leaf in leaves[:2])
    if text.rstrip("\n") != wanted["text"].rstrip("\n") or markup.rstrip("\n") != wanted["html"].rstrip("\n"):
        say("a part is not what was rendered")
    for line in text.split("\n"):
        if len(line) > COLUMNS_MAX:
            say(f"text line of {len(line)} columns: {line!r}")
        if line != line.rstrip():
            say(f"text line ends with a space: {line!r}")
    if "\n\n\n" in text.strip("\n"):
        say("two empty lines in the text")
    page = Page()
    page.feed(markup)
    check_page(page, wanted, text, say)
    compare(wanted["subject"], text, markup, say)
    if wanted["ics"]:
        body = leaves[2].get_content()
        body = body.decode("utf-8") if isinstance(body, bytes) else body
        body = body.replace("\r\n", "\n").replace("\n", "\r\n")
        if body != wanted["ics"]:
            say("the calendar is not what was rendered")
        check_calendar(wanted["ics"], leaves[2].get_param("method"), say)
    return faults


def main():
    if sys.argv[1] == "--parts":
        count, faults = compare_all(sys.argv[2])
    else:
        letters = sorted(pathlib.Path(sys.argv[1]).glob("*.eml"))
        count, faults = len(letters), [fault for path in letters for fault in check(path)]
    for fault in faults[:50]:
        print(fault)
    print(f"{count} letters read, {len(faults)} faults")
    return 1 if faults or not count else 0


if __name__ == "__main__":
    sys.exit(main())
