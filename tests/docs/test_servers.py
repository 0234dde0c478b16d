"""The page of real servers tells what the published reports say."""

from pathlib import Path

from docs._make.servers import BEGIN, END, judged_servers, server_tables

PAGE = Path(__file__).parents[2] / "docs/real-servers.md"


def test_the_table_of_real_servers_is_that_of_the_reports() -> None:
    text = PAGE.read_text(encoding="utf-8")

    made = text.partition(BEGIN)[2].partition(END)[0]
    assert made == "\n".join(["", "", *server_tables(judged_servers()), ""])
