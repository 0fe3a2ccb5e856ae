"""Whom: whose name or number is asked for or said — the caller's own, a relative's, another's."""

from __future__ import annotations

import re

from service.form.surnames import SINGLE

# Whom callers speak of by what they do.
ROLES = (
    "老板|司机|负责人|经理|师傅|包工头|工头|店主|商家|卖家|业务员|销售|法人(?:代表)?|法定代表人|房东|中介|医生|老师"
    "|村长|支书|书记|主任|被[举投反][报诉映]人"
)
_ASKS_NAME = re.compile(
    r"贵姓|称呼|您的?(?:全名|姓名|称呼|名字)|姓名|尊姓|您(?:叫|姓)什么|留个?姓?名|姓什么|姓啥|您是哪位|您叫|登记.{0,4}名|您(?:还)?是(?:姓|[\u4e00-\u9fff](?:先生|女士|阿姨|师傅|大爷|大姐))"
)
# 您父亲叫什么名字, 孩子姓名是; but not 大姐叫什么名字, which is said to the caller.
_ASKS_OF_RELATIVES = re.compile(
    r"(?:父亲|母亲|爸爸?|妈妈?|爱人|丈夫|妻子|老[公婆伴人]|配偶|孩子|小孩|宝宝|娃儿?|儿子|女儿|孙[子女]|家属|亲属|家人|患者|病人|伤者"
    r"|死者|学生|当事人|户主|房主|车主|医生|律师|导游|教练|工作人员"
    r"|[您你]家?的?(?:[大小二三表堂]?(?:哥哥?|弟弟?|姐姐?|妹妹?)|爷爷|奶奶|外[公婆]|先生|太太|朋友|同事|邻居))的?(?:全名|姓名|名字?|叫)"
)
_ASKS_OF_OTHERS = re.compile(
    rf"老板|负责人|对方|司机|幼儿园|厂|公司|学校|医院|小区|他的|她的|{_ASKS_OF_RELATIVES.pattern}"
)
# 负责人是谁, 对方电话呢: the answer names another; 您是负责人吗, 李老师贵姓 and 好的老师 are said to the caller.
_OTHERS = rf"{ROLES}|店长|校长|班主任|护士|教练|导游|房主|车主|对方|他|她|肇事者|嫌疑人|被举报人"
_NAMED_OR_REACHED = (
    r"(?:(?:是|的)?(?:谁|哪位|姓啥|姓什么|姓名|名字|叫什么|叫啥)(?:名字)?(?:和|跟|、)?(?:联系)?(?:电话|方式)?"
    r"|的?(?:联系)?(?:电话|手机|方式|号码)(?:是?多少|有吗|呢|吗)?|呢)"
)
_BARE = r"^[\s那这个]{0,3}(?:负责人|房东|包工头|工头|司机|法人(?:代表)?|店主|店长|被举报人)"
_ASKS_WHO_ELSE = re.compile(
    r"^(?!.*(?:您的?(?:贵姓|姓名|名字|全名|电话|手机|联系方式)|您(?:怎么|如何)?(?:称呼|姓|叫)|[^您他她对]贵姓))"
    rf"(?:{_BARE}|.*(?<![{SINGLE.replace('那', '')}])(?:{_OTHERS}){_NAMED_OR_REACHED})[？?\s，。]*$"
)
OF_ANOTHER = re.compile(
    rf"(?:{ROLES}|[寄发收][件货]人[\s:：]?|他|她|一个|那个|孩子|女儿|儿子|孙[子女]|[父母]亲|爸|妈|爷爷|奶奶|姥[爷姥]|外[公婆]|丈夫|妻子|爱人|老[公婆伴人]"
    r"|病人|患者|邻居|的人|叔叔|隔壁|那一?家)[^，。\s]{0,4}$"
)
# 我是店主陈大文: what the caller is himself.
_SAYS_SELF = re.compile(r"(?:[我俺]|本人)(?:就)?是(?![说讲问找想要来告]|投诉|举报|反映)[^，。\s]{0,6}$")


def asks_name(question: str) -> bool:
    """Whether the call-taker asked for the caller's own name."""
    return bool(_ASKS_NAME.search(question)) and not _ASKS_OF_OTHERS.search(question)


def asks_of_relative(question: str) -> bool:
    """Whether the call-taker asked how a relative of the caller, or who attended to one, is called."""
    return bool(_ASKS_OF_RELATIVES.search(question))


def asks_who_else(question: str) -> bool:
    """Whether the call-taker asked who somebody else is, or how to reach him."""
    return bool(question) and bool(_ASKS_WHO_ELSE.search(question))


def is_anothers(before: str) -> bool:
    """Whether the words before a name say that it is not the caller's."""
    others = OF_ANOTHER.search(before)
    return others is not None and not _SAYS_SELF.search(before[: others.start()])
