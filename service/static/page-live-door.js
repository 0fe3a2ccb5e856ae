// Door: how a session of /v1/live is opened with the page's key, and what its faults mean to people.
"use strict";

const FAULTS = {
  key_invalid: "需要访问密钥：请在“更多”中填写，再重新播放。",
  too_many_calls: "此刻同时跟随的通话太多，请稍后再试。",
  loading: "模型还在载入，请稍后再试。",
  failed: "模型载入失败，请联系管理员。",
  draining: "服务正在停机，请稍后重新播放。",
  upgrade_required: "服务在，但实时连接没有建立：多半是中间的代理没有转发 WebSocket，或改写了 Host。",
  call_idle: "太久没有人说话，服务已结束这通电话。",
  message_too_large: "这一句太长，服务已结束这通电话。",
  call_refused: "这一句没有收下：整通电话的句数或字数到了上限。",
  call_invalid: "“更多”里的来电号码或收到时间不合要求，请改正后重新播放。",
  ticket_too_long: "通话太长，模型一次读不下，请结束通话。",
  message_invalid: "这一句没有收下：有不合要求的字符。",
};
const CLOSED = { 1009: "message_too_large", 1012: "draining" };

function openSocket() {
  const address = new URL("/v1/live", location.href);
  address.protocol = address.protocol.replace("http", "ws");
  // A subprotocol holds no "=", "/" or the like, and keys do.
  const key = encodeURIComponent(at("key").value).replace(/[()]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return new WebSocket(address, key ? ["suqiu", `key.${key}`] : ["suqiu"]);
}

function wordsOf({ status, code, request_id: id }) {
  if (code === "key_invalid" || code === "call_invalid") at("key").closest("details").open = true;
  if (FAULTS[code]) return FAULTS[code];
  if (status === 429 || status === 503) return "服务此刻太忙，这一句会和下一句一起读。";
  if (status >= 500) return `服务读这一句时出错（编号 ${id}），会和下一句一起再读。`;
  return `没有办成（${code}），可以接着说。`;
}

function wordsOfClose({ code, reason }) {
  return FAULTS[CLOSED[code]] || (code === 1011 ? `服务出错，通话断了（编号 ${reason}）。` : "连接断了，请重新播放。");
}

// A browser does not tell a page why a session was refused; the same address, asked plainly, does.
async function whyRefused() {
  try {
    const response = await fetch("/v1/live", { headers: keyHeaders() });
    return wordsOf(await response.json());
  } catch {
    return "连不上服务，请检查网络后再试。";
  }
}
