"""Tests of places."""

from __future__ import annotations

import pytest

from service.form.address.places import as_written, clean_place, community_of, reach, trim_name


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ("东新 东新小区 二十一幢 一单元 五零二", "东新小区21幢1单元502"),
        ("大学南路的锦棠苑，一期", "大学南路锦棠苑一期"),
        ("史可法路，史可法路46号", "史可法路46号"),
        ("新区 那个 锦江华府 不对 叫锦绣江府 二期", "锦绣江府二期"),
        ("六号楼二门 一零幺", "6号楼2门101"),
        ("“江城实验学校”", "江城实验学校"),
        ("那洪村三组", "那洪村三组"),
        ("在那马镇", "那马镇"),
        ("那考河公园", "那考河公园"),
        ("那小村", "小村"),
        ("那东葛路", "东葛路"),
        ("银杏路店）", "银杏路店"),
        ("银杏米粉（云杉路店）", "银杏米粉（云杉路店）"),
        ("银杏绿洲1501那家", "银杏绿洲1501"),
        ("管，沙井大道", "沙井大道"),
    ],
)
def test_a_place_is_written_as_forms_write_it(said: str, place: str) -> None:
    assert clean_place(said) == place


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("梅湾路跟零陵中路路口", "梅湾路与零陵中路路口"),
        ("加油站后头", "加油站后"),
        ("解放路和平路", "解放路和平路"),
        ("中山路同心路路口", "中山路同心路路口"),
        ("解放路和新华路路口", "解放路与新华路路口"),
        ("后头村3号", "后头村3号"),
        ("学校旁边的超市", "学校旁边的超市"),
        ("江北大道跟永和桥", "江北大道与永和桥"),
        ("云杉高速K2054加300", "云杉高速K2054+300"),
    ],
)
def test_an_address_has_the_words_of_a_form(said: str, written: str) -> None:
    assert as_written(said) == written


@pytest.mark.parametrize(
    ("text", "reached"),
    [
        (" 东新小区 二十一幢 我们停电了", " 东新小区 二十一幢"),
        ("乌山村马龙口组的，我想反映", "乌山村马龙口组的"),
        (" 我们去领 卫生院", ""),
        ("，和平大道，三楼。谢谢", "，和平大道，三楼"),
        ("江边村路灯全坏了", "江边村"),
        ("怡景花园3栋1204房，漏水", "怡景花园3栋1204房"),
    ],
)
def test_an_address_goes_on_as_long_as_it_sounds_like_one(text: str, reached: str) -> None:
    assert text[: reach(text, 0)] == reached


def test_the_community() -> None:
    assert community_of("公园巷社区") == "公园巷社区"
    assert community_of("银座公寓") == ""


@pytest.mark.parametrize(
    ("place", "community"),
    [("东坪镇新光村", "新光村"), ("白塔街道新桥社区", "新桥社区"), ("古镇村", "古镇村"), ("下乡村", "下乡村")],
)
def test_a_village_is_named_without_its_town(place: str, community: str) -> None:
    assert community_of(place) == community


def test_speech_is_cut_off_a_name() -> None:
    assert trim_name("我投诉青园派出所") == "青园派出所"
    assert trim_name("我在医院") == ""


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("上周六半夜三点工地", ""),
        ("2月5号晚上小区", ""),
        ("昨晚九点左右锦绣花园", "锦绣花园"),
        ("早上开始人民医院", "人民医院"),
        ("五一广场", "五一广场"),
        ("十月花园", "十月花园"),
    ],
)
def test_words_of_time_are_cut_off_a_name(text: str, name: str) -> None:
    assert trim_name(text) == name


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("开户行建设银行", "建设银行"),
        ("整个小区", ""),
        ("几个村", ""),
        ("新农村", ""),
        ("开发区实验小学", "开发区实验小学"),
    ],
)
def test_what_does_not_belong_to_a_name_is_cut_off_and_nothing_else(text: str, name: str) -> None:
    assert trim_name(text) == name


@pytest.mark.parametrize(
    "place", ["云杉大道1717号", "云杉路66号1414室", "云杉苑1515号楼", "G99高速K1818+1818处", "云杉苑2525房"]
)
def test_a_number_that_repeats_its_own_digits_stays_whole(place: str) -> None:
    assert clean_place(place) == place


def test_what_was_said_twice_is_written_once() -> None:
    assert clean_place("云杉苑云杉苑七栋七栋") == "云杉苑7栋"


def test_a_village_begins_behind_the_road() -> None:
    assert community_of("云杉东街星月世纪村") == "星月世纪村"


def test_what_begins_in_the_middle_of_a_pronoun_begins_behind_it() -> None:
    assert trim_name("们那洪村") == "那洪村"


@pytest.mark.parametrize("place", ["云杉路97号万秀村七队", "街道办隔壁万秀村", "万秀村七队"])
def test_a_village_begins_behind_a_house_and_behind_what_it_lies_beside(place: str) -> None:
    assert community_of(place) == "万秀村"
