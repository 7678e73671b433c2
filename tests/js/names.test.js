// What Streamlit's own widgets are called in the visitor's language.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nameIn } from "../../cnnviz/components/frontend/document/names.js";

const TEXTS = {
  increment: "늘리기: {name}",
  remove: "{name} 빼기",
  upload_button: "업로드",
  select_matches: "검색된 {name}개 선택",
  ascending: "오름차순 정렬",
  record_title: "화면 녹화",
};

test("a name of Streamlit's is found whole, with what it is about", () => {
  assert.equal(nameIn("Increment", TEXTS, "Stride"), "늘리기: Stride");
  assert.equal(nameIn("Remove cat.png", TEXTS), "cat.png 빼기");
  assert.equal(nameIn("Select 4 matches", TEXTS), "검색된 4개 선택");
  assert.equal(nameIn("Sort ascending", TEXTS), "오름차순 정렬");
  assert.equal(nameIn("Record a screencast", TEXTS), "화면 녹화");
});

test("other words are left alone", () => {
  assert.equal(nameIn("Upload a picture", TEXTS), null);
  assert.equal(nameIn("constructor", TEXTS), null);
  assert.equal(nameIn("오름차순 정렬", TEXTS), null);
});
