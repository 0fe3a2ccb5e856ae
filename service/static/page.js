// Page: read what was pasted, ask /v1/intake, show the ticket, and light up evidence on both sides.
"use strict";

const EXAMPLES = {
  call: `坐席：您好，12345热线，请问有什么可以帮您？
来电人：你好，我想反映一下我们小区楼下那个烧烤店，每天晚上十点以后还在外面炒菜，油烟味特别大。
坐席：请问具体是什么位置？
来电人：和平路二十六号，幸福花园六栋，不对，是七栋楼下，老张烧烤。
坐席：这个情况有多久了？
来电人：从上个月中旬就开始了，跟老板说过两次都不理人，孩子根本睡不着，真是气死人了。
坐席：请问您贵姓？联系电话是多少？
来电人：免贵姓王，电话幺三八，零零幺三，八零零零。
坐席：您的诉求是？
来电人：希望城管尽快来管一管，让他们别在外面炒了。`,
  wages: "我们二十多个工人在城东新区锦绣家园三期工地干活，从去年国庆到现在，宏达建筑公司一直拖欠工资，一共三十六万元。多次找项目部都说没钱，工友们说再不给就一起去市政府。请劳动监察部门帮我们要回来，联系人李建国，13900001234，请不要公开我的姓名。",
  gas: `坐席：您好，12345。
来电人：喂，我们楼道里有很重的煤气味，是不是漏气了！
坐席：您先别开灯，请问地址在哪里？
来电人：建设路88号三单元，五楼，家里还有老人和小孩，快点来人！`,
};
// A speaker at the head of a line, perhaps after the time and before a number: [00:12] 受理员(101)：
const speaker = (names) => new RegExp(
  `^\\s*(?:[\\[【(（]?\\d{1,2}:\\d{2}(?::\\d{2})?[\\]】)）]?\\s*)?(?:${names})\\s*[\\[【(（]?\\d{0,6}[\\]】)）]?\\s*[:：]\\s*`, "i");
const AGENT = speaker("(?:坐席|座席|客服|话务)员?|接线员|受理员|工作人员|值?班长|组长|主管|agent");
const CALLER = speaker("来电人|来电者|市民|群众|诉求人|反映人|投诉人|客户|用户|居民|家属|caller|[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐|师傅|大爷|阿姨)");
const LETTER = /^\s*([A-Z])\s*[:：]\s*/i;
const GREETS = /您好|你好|请讲|请问|请说|12345/;
const SUMMARY = { 401: "需要访问密钥：请在“更多”中填写", 429: "此刻在办的太多，请稍后再试", 503: "服务暂时繁忙，请稍后再试" };

const at = (id) => document.getElementById(id);

// Two letters are the two sides of a call where A speaks like a call-taker; else they number the points of a letter.
function readLetters(lines) {
  const said = lines.filter((line) => LETTER.test(line));
  const letters = new Set(said.map((line) => line.match(LETTER)[1].toUpperCase()));
  const first = said.find((line) => /^\s*A/i.test(line));
  const isCall = first && letters.size === 2 && (letters.has("B") || letters.has("C")) && GREETS.test(first);
  return isCall ? { A: "agent", B: "caller", C: "caller" } : {};
}

function roleOf(line, letters) {
  if (AGENT.test(line)) return "agent";
  return CALLER.test(line) ? "caller" : letters[line.match(LETTER)?.[1].toUpperCase()];
}

// Lines that begin with a speaker are turns; a line without one goes on with the turn before it. Null for a message.
function readTurns(text) {
  const turns = [];
  const lines = text.split("\n").filter((one) => one.trim());
  const letters = readLetters(lines);
  for (const line of lines) {
    const role = roleOf(line, letters);
    if (role) turns.push({ role, text: line.replace([AGENT, CALLER, LETTER].find((head) => head.test(line)), "") });
    else if (turns.length) turns.at(-1).text += `\n${line}`;
    else return null;
  }
  const spoken = turns.filter((turn) => turn.text.trim());
  return spoken.length ? spoken : null;
}

function readDialogue(text) {
  const turns = readTurns(text);
  return turns && turns.length > 1 ? turns : null;
}

function readTicket() {
  const text = at("text").value;
  const dialogue = readDialogue(text);
  const title = at("title").value;
  return { ...(dialogue ? { dialogue } : { text }), ...(title ? { title } : {}), ...readKnown() };
}

// What is known of a call before a word is said.
function readKnown() {
  const known = {};
  const received = at("received").value;
  if (at("phone").value) known.caller_phone = at("phone").value;
  if (received) known.received_at = received.length === 16 ? `${received}:00` : received;
  return known;
}

function keyHeaders() {
  return at("key").value ? { Authorization: `Bearer ${at("key").value}` } : {};
}

function tellKind() {
  const text = at("text").value;
  const dialogue = readDialogue(text);
  const length = Array.from(text).length;
  at("kind").textContent = text.trim() ? `${dialogue ? `通话 · ${dialogue.length} 句` : "留言"} · ${length} 字` : "\u00a0";
  at("play").textContent = text.trim() ? "逐句播放" : "逐句输入";
}

function light(field) {
  document.querySelectorAll(".lit").forEach((element) => element.classList.remove("lit"));
  const marks = [...document.querySelectorAll("mark")].filter((mark) => mark.dataset.fields.split(" ").includes(field));
  marks.forEach((mark) => mark.classList.add("lit"));
  document.querySelector(`[data-field="${CSS.escape(field)}"]`)?.classList.add("lit");
  marks[0]?.scrollIntoView({ block: "nearest", behavior: "smooth" });
}

function show(content) {
  leaveLive();
  at("empty").hidden = true;
  at("result").hidden = false;
  at("result").replaceChildren(content);
}

async function send() {
  if (at("text").value.trim() && !at("send").disabled) await ask(readTicket());
}

async function ask(ticket) {
  const headers = { "Content-Type": "application/json", ...keyHeaders() };
  at("send").disabled = at("play").disabled = true;
  const began = performance.now();
  try {
    const response = await fetch("/v1/intake", { method: "POST", headers, body: JSON.stringify(ticket) });
    const reply = await response.json();
    if (response.ok) show(intakeView(ticket, reply));
    else show(make("div", "banner", make("strong", "", SUMMARY[response.status] || "没有办成"), `　${reply.detail || ""}`));
    const ms = Math.round(performance.now() - began);
    at("foot").textContent = `${reply.model || ""}　${ms} ms　${response.headers.get("server-timing") || ""}　${reply.request_id || ""}`;
  } catch {
    show(make("div", "banner", "连不上服务，请检查网络后再试。"));
  } finally {
    at("send").disabled = at("play").disabled = false;
  }
}

async function watchState() {
  const state = at("state");
  try {
    const response = await fetch("/readyz");
    const { ready, state: name, model } = await response.json();
    state.textContent = ready ? model : { loading: "模型载入中…", failed: "模型载入失败", draining: "正在停机" }[name];
    state.className = `state ${ready ? "ready" : ""}`;
  } catch {
    state.textContent = "服务未响应";
    state.className = "state down";
  }
  setTimeout(watchState, state.classList.contains("ready") ? 15000 : 1500);
}

at("form").addEventListener("submit", (event) => { event.preventDefault(); send(); });
at("text").addEventListener("input", tellKind);
at("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); send(); }
});
document.querySelectorAll("[data-example]").forEach((button) => button.addEventListener("click", () => {
  at("text").value = EXAMPLES[button.dataset.example];
  tellKind();
  send();
}));
at("answer").addEventListener("click", (event) => {
  const row = event.target.closest(".field");
  const mark = event.target.closest("mark");
  const dot = event.target.closest("circle");
  if (row) light(row.dataset.field);
  else if (mark) light(mark.dataset.fields.split(" ")[0]);
  else if (dot) document.querySelector(`.turn[data-turn="${dot.dataset.turn}"]`)?.scrollIntoView({ block: "nearest", behavior: "smooth" });
});
tellKind();
watchState();
