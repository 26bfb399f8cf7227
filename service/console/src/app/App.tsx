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
const Import = page(() => import("../pages/Import"), "Import");
const Hazards = page(() => import("../pages/Hazards"), "Hazards");
const Risks = page(() => import("../pages/Risks"), "Risks");
const Evidence = page(() => import("../pages/Evidence"), "Evidence");
const Inspections = page(() => import("../pages/Inspections"), "Inspections");
const Joint = page(() => import("../pages/Joint"), "Joint");
const Overview = page(() => import("../pages/Overview"), "Overview");
const Board = page(() => import("../pages/Board"), "Board");
const Settings = page(() => import("../pages/Settings"), "Settings");
const Audit = page(() => import("../pages/Audit"), "Audit");
const Apps = page(() => import("../pages/People"), "Apps");
const Supervision = page(() => import("../pages/Supervision"), "Supervision");
const Checks = page(() => import("../pages/Checks"), "Checks");
const Plates = page(() => import("../pages/Plates"), "Plates");
const Cases = page(() => import("../pages/Cases"), "Cases");
const CaseReviews = page(() => import("../pages/CaseReviews"), "CaseReviews");
const Officers = page(() => import("../pages/Officers"), "Officers");
const Standard = page(() => import("../pages/Standard"), "Standard");
const Duplicates = page(() => import("../pages/Duplicates"), "Duplicates");
const Law = page(() => import("../pages/Law"), "Law");
const Accidents = page(() => import("../pages/Accidents"), "Accidents");
const Guidance = page(() => import("../pages/Guidance"), "Guidance");
const Duties = page(() => import("../pages/Duties"), "Duties");
const PostCards = page(() => import("../pages/PostCards"), "PostCards");
const Training = page(() => import("../pages/Training"), "Training");
const Grids = page(() => import("../pages/Grids"), "Grids");
const Jobs = page(() => import("../pages/Jobs"), "Jobs");
const Reports = page(() => import("../pages/Reports"), "Reports");
const Templates = page(() => import("../pages/Templates"), "Templates");
const Blacklist = page(() => import("../pages/Blacklist"), "Blacklist");

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
                <Route path="enterprises/import" element={<Import />} />
                <Route path="hazards" element={<Hazards />} />
                <Route path="risks" element={<Risks />} />
                <Route path="evidence" element={<Evidence />} />
                <Route path="blacklist" element={<Blacklist />} />
                <Route path="inspections" element={<Inspections />} />
                <Route path="joint" element={<Joint />} />
                <Route path="overview" element={<Overview />} />
                <Route path="board" element={<Board />} />
                <Route path="settings" element={<Settings />} />
                <Route path="audit" element={<Audit />} />
                <Route path="apps" element={<Apps />} />
                <Route path="supervision" element={<Supervision />} />
                <Route path="checks" element={<Checks />} />
                <Route path="plates" element={<Plates />} />
                <Route path="cases" element={<Cases />} />
                <Route path="case-reviews" element={<CaseReviews />} />
                <Route path="officers" element={<Officers />} />
                <Route path="law" element={<Law />} />
                <Route path="standard" element={<Standard />} />
                <Route path="enterprises/duplicates" element={<Duplicates />} />
                <Route path="accidents" element={<Accidents />} />
                <Route path="guidance" element={<Guidance />} />
                <Route path="duties" element={<Duties />} />
                <Route path="posts" element={<PostCards />} />
                <Route path="training" element={<Training />} />
                <Route path="grids" element={<Grids />} />
                <Route path="templates" element={<Templates />} />
                <Route path="jobs" element={<Jobs />} />
                <Route path="reports" element={<Reports />} />
                <Route path="*" element={<Home />} />
              </Route>
            </Routes>
          </BrowserRouter>
        </SessionDoor>
      </ErrorBoundary>
    </Theme>
  );
}
