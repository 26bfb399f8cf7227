import { lazy } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { ErrorBoundary } from "./ErrorBoundary";
import { SessionDoor, useSession } from "./session";
import { Shell } from "./Shell";
import { SignIn } from "./SignIn";
import { Theme } from "./theme";

const page = <K extends string>(load: () => Promise<Record<K, () => React.ReactNode>>, name: K) =>
  lazy(() => load().then((found) => ({ default: found[name] })));

const Desk = page(() => import("../pages/Desk"), "Desk");
const Enterprises = page(() => import("../pages/Enterprises"), "Enterprises");

function Home() {
  const { viewer } = useSession();
  return <Navigate replace to={viewer.role === "COMMITTEE" ? "/overview" : "/desk"} />;
}

export function App() {
  return (
    <Theme>
      <ErrorBoundary>
        <SessionDoor outside={(props) => <SignIn {...props} />}>
          <BrowserRouter basename="/console">
            <Routes>
              <Route element={<Shell />}>
                <Route index element={<Home />} />
                <Route path="desk" element={<Desk />} />
                <Route path="enterprises" element={<Enterprises />} />
                <Route path="*" element={<Home />} />
              </Route>
            </Routes>
          </BrowserRouter>
        </SessionDoor>
      </ErrorBoundary>
    </Theme>
  );
}
