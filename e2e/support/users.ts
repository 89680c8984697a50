/** The users a test can run the gateway as on this machine: root can become anybody, others are only themselves. */
export const possibleUsers: readonly { readonly title: string; readonly uid: number | undefined }[] =
  process.getuid?.() === 0
    ? [
        { title: "root", uid: undefined },
        { title: "nobody", uid: 65_534 },
      ]
    : [{ title: "the user of this test run, who is not root", uid: undefined }];
