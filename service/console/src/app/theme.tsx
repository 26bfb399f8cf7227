import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { App as Feedback, ConfigProvider, theme } from "antd";
import zhCN from "antd/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";

import { nonce } from "./nonce";

dayjs.locale("zh-cn");

export type Look = "light" | "dark" | "system";

const KEY = "anshang.look";

/* Chosen for a contrast of 4.5 to 1 and more; the defaults of the component library fall short. */
const LIGHT = {
  colorPrimary: "#0958d9",
  colorLink: "#0958d9",
  colorLinkHover: "#003eb3",
  colorLinkActive: "#002c8c",
  colorInfo: "#0958d9",
  colorSuccess: "#237804",
  colorWarning: "#8a5a00",
  colorError: "#cf1322",
  colorTextDescription: "#595959",
  colorTextTertiary: "#595959",
  colorTextPlaceholder: "#6b6b6b",
  colorTextQuaternary: "#6b6b6b",
};
const DARK = {
  colorPrimary: "#3c89e8",
  colorLink: "#69b1ff",
  colorLinkHover: "#91caff",
  colorLinkActive: "#91caff",
  colorInfo: "#3c89e8",
  colorSuccess: "#6abe39",
  colorWarning: "#e8b339",
  colorError: "#ff7875",
  colorTextDescription: "#a6a6a6",
  colorTextTertiary: "#a6a6a6",
  colorTextPlaceholder: "#a6a6a6",
  colorTextQuaternary: "#a6a6a6",
};

const Chosen = createContext<{ look: Look; dark: boolean; choose: (look: Look) => void }>({
  look: "system",
  dark: false,
  choose: () => undefined,
});

export const useLook = () => useContext(Chosen);

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export function Theme({ children }: { children: ReactNode }) {
  const [look, setLook] = useState<Look>(() => (localStorage.getItem(KEY) as Look | null) ?? "system");
  const [system, setSystem] = useState(prefersDark.matches);
  useEffect(() => {
    const follow = () => setSystem(prefersDark.matches);
    prefersDark.addEventListener("change", follow);
    return () => prefersDark.removeEventListener("change", follow);
  }, []);
  const dark = look === "system" ? system : look === "dark";
  useEffect(() => {
    document.documentElement.style.colorScheme = dark ? "dark" : "light";
    document.body.style.background = dark ? "#000" : "#f5f5f5";
  }, [dark]);
  const chosen = useMemo(
    () => ({
      look,
      dark,
      choose: (next: Look) => {
        localStorage.setItem(KEY, next);
        setLook(next);
      },
    }),
    [look, dark],
  );
  return (
    <Chosen.Provider value={chosen}>
      <ConfigProvider
        locale={zhCN}
        csp={{ nonce }}
        button={{ autoInsertSpace: false }}
        theme={{
          algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
          components: {
            Menu: { itemHeight: 34, itemMarginBlock: 2, groupTitleLineHeight: 1.2, itemSelectedColor: dark ? "#8cc0ff" : "#0958d9" },
            Tabs: dark ? { itemSelectedColor: "#69b1ff", itemActiveColor: "#69b1ff", itemHoverColor: "#69b1ff" } : {},
          },
          token: { ...(dark ? DARK : LIGHT), fontSize: 14, borderRadius: 6 },
        }}
      >
        <Feedback>{children}</Feedback>
      </ConfigProvider>
    </Chosen.Provider>
  );
}
