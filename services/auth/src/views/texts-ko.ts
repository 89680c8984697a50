import { formatDuration } from "./duration.ts";
import type { Texts } from "./texts.ts";

const startAgain = "앱으로 돌아가서 로그인을 다시 시작하세요.";

export const koreanTexts: Texts = {
  consent: {
    title: "접근 허용",
    heading: (serverName) => `${serverName} 접근을 허용하시겠습니까?`,
    lead: "앱이 회원님의 이름으로 이 MCP 서버를 사용하려고 합니다.",
    app: "앱",
    unverified: "확인되지 않음",
    unverifiedNote: "앱이 스스로 밝힌 이름입니다. 누구나 어떤 이름이든 쓸 수 있습니다.",
    nameless: "이름 없음",
    describedBy: "앱 정보 출처",
    returnsTo: "돌아갈 주소",
    server: "서버",
    scopesHeading: "앱이 할 수 있는 일",
    scopes: {
      "mcp-access": "회원님의 이름으로 이 서버의 도구, 파일, 프롬프트 사용",
      offline_access: "자리를 비운 동안에도 연결 유지",
    },
    untick: "허용하지 않을 항목은 선택을 해제하세요.",
    newScope: "새 항목",
    allowedBefore: "이전에 이 앱에 같은 접근을 허용했습니다.",
    asksMore: "이전에 허용한 앱입니다. 이번에는 더 많은 접근을 요청합니다.",
    lasts: (durationMs) => `${formatDuration(durationMs, "ko")} 동안 사용하지 않으면 접근 권한이 끝납니다.`,
    localApp: "이 기기에 있는 앱으로 이동합니다",
    localAppNote: "이 기기의 어떤 프로그램이든 요청했을 수 있습니다. 방금 직접 로그인을 시작한 경우에만 허용하세요.",
    deny: "거부",
    approve: "허용",
  },
  signIn: {
    title: "로그인",
    heading: "로그인",
    lead: (serverName) => `${serverName} 서버에 로그인합니다.`,
    password: "비밀번호",
    submit: "로그인",
    wrongPassword: "비밀번호가 맞지 않습니다. 다시 입력하세요.",
    emptyPassword: "비밀번호를 입력하세요.",
    locked: "비밀번호를 여러 번 잘못 입력했습니다",
    unlocks: (inMs, atUtc) => `로그인이 잠겼습니다. ${formatDuration(inMs, "ko")} 뒤(${atUtc} UTC 이후)에 다시 시도하세요.`,
  },
  returning: {
    approvedTitle: "로그인되었습니다",
    deniedTitle: "접근을 거부했습니다",
    approved: "앱으로 돌아갑니다.",
    denied: "앱은 접근 권한을 받지 않습니다. 앱으로 돌아갑니다.",
    goesTo: "이동할 주소",
    continue: "앱으로 계속하기",
    stuck: "자동으로 이동하지 않으면 버튼을 누르세요.",
    stuckApp: "앱이 자동으로 열리지 않으면 버튼을 누르세요. 그다음 이 페이지는 닫아도 됩니다.",
  },
  landing: {
    title: (serverName) => `MCP 서버: ${serverName}`,
    lead: "이 주소는 브라우저가 아니라 Claude, Cursor, VS Code 같은 MCP 클라이언트에서 사용합니다. 클라이언트에 추가하고, 요청이 나오면 로그인하세요.",
    address: "주소",
    note: "로그인 페이지는 클라이언트가 자동으로 엽니다.",
    others: "원격 서버를 지원하지 않는 클라이언트",
  },
  problems: {
    "unknown-client": {
      title: "등록되지 않은 앱입니다",
      happened: "앱 등록이 만료되었거나 다른 곳에서 등록한 앱입니다.",
      todo: "앱에서 이 서버를 삭제한 다음 다시 추가하세요.",
    },
    "client-document": {
      title: "앱을 확인할 수 없습니다",
      happened: "앱을 설명하는 문서를 읽을 수 없거나 문서가 규칙에 맞지 않습니다. 안전을 위해 로그인을 중단했습니다.",
      todo: "잠시 후 앱에서 다시 시작하세요. 이 페이지가 또 나오면 앱을 만든 곳에 알려 주세요.",
    },
    "redirect-mismatch": {
      title: "돌아갈 주소가 일치하지 않습니다",
      happened: "앱이 등록하지 않은 주소로 이동하려고 했습니다. 안전을 위해 이동하지 않았습니다.",
      todo: "앱으로 돌아가서 다시 시작하세요. 이 페이지가 또 나오면 앱을 만든 곳에 알려 주세요.",
    },
    "bad-request": {
      title: "사용할 수 없는 링크입니다",
      happened: "요청이 완전하지 않거나 도중에 바뀌었습니다.",
      todo: startAgain,
    },
    expired: {
      title: "로그인 시간이 만료되었습니다",
      happened: "너무 오래 열려 있었거나 이미 사용한 로그인입니다.",
      todo: startAgain,
    },
    "other-browser": {
      title: "다른 곳에서 시작한 로그인입니다",
      happened: "다른 브라우저나 창에서 시작했거나 쿠키가 차단되어 있습니다.",
      todo: "이 사이트의 쿠키를 허용한 다음, 앱으로 돌아가서 다시 시작하세요.",
    },
    "too-many": {
      title: "요청이 너무 많습니다",
      happened: "짧은 시간에 처리할 수 있는 것보다 많은 요청이 들어왔습니다.",
      todo: "몇 분 기다린 다음 다시 시도하세요.",
    },
    "not-found": {
      title: "페이지를 찾을 수 없습니다",
      happened: "존재하지 않는 주소입니다.",
      todo: "주소에 오타가 없는지 확인하세요.",
    },
    unavailable: {
      title: "지금은 사용할 수 없습니다",
      happened: "게이트웨이의 일부가 응답하지 않습니다.",
      todo: "잠시 후 다시 시도하세요. 계속되면 이 서버의 운영자에게 알려 주세요.",
    },
    internal: {
      title: "문제가 발생했습니다",
      happened: "회원님의 잘못이 아니라 게이트웨이의 오류입니다.",
      todo: "다시 시도하세요. 같은 문제가 반복되면 아래 참조 번호와 함께 이 서버의 운영자에게 알려 주세요.",
    },
  },
  reference: "참조 번호",
};
