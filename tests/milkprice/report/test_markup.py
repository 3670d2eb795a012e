"""Tables and the elements around them."""

from milkprice.report.markup import LONG, Html, Words, details, element, figure, section, table


def test_table_says_what_is_a_heading_of_what():
    made = table("Prices <CLP>", (Words("month"), "price"), [("2020-01", "200.0")])
    assert "<caption><span>Prices &lt;CLP&gt;</span></caption>" in made
    assert '<thead><tr><th class="words" scope="col">month</th><th scope="col">price</th>' in made
    assert '<tr><th class="words" scope="row">2020-01</th><td>200.0</td></tr>' in made


def test_table_breaks_long_words_only():
    made = table("", (Words("name"), Words("why")), [("x" * (LONG + 1), "short")])
    assert 'class="words long"' in made
    assert '<td class="words">short</td>' in made


def test_table_scrolls_by_itself_under_its_name():
    made = table('of "all"', ("a",), [])
    assert made.startswith(
        '<div class="wide" role="group" tabindex="0" aria-label="of &quot;all&quot;">'
    )


def test_element_escapes_all_but_html():
    made = element("p", "<b>", Html("<i>x</i>"), 3, class_='"', aria_label="a & b")
    assert made == '<p class="&quot;" aria-label="a &amp; b">&lt;b&gt;<i>x</i>3</p>'


def test_section_is_named_by_its_heading():
    made = section("one", "A & B", "What.", Html("<hr>"))
    expected = (
        '<section aria-labelledby="one"><h2 id="one">A &amp; B</h2><p>What.</p><hr></section>'
    )
    assert made == expected


def test_figure_has_its_title_above_and_its_key_below():
    made = figure(Html("<svg></svg>"), title="T", key=Html("<p>k</p>"))
    assert made.startswith("<figure><figcaption>T</figcaption>")
    assert made.endswith("</div><p>k</p></figure>")


def test_details_are_closed_at_first():
    assert details("more", Html("<p>x</p>")) == "<details><summary>more</summary><p>x</p></details>"
