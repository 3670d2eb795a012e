"""Report: a training run and its results, as a single page that needs no network and no script.

A reader sees first whether the model was promoted and why, then how well its forecasts did and what
they say of the months to come, then everything that led there. The parts:

    content      what is reported
    page         the templates, filled in
    templates    the page and its sections, HTML of Jinja2; style.css
    tables       the rows of its tables, and numbers as a reader writes them
    charts       its charts, inline SVG; nothing else imports matplotlib
"""
