import type { ReactNode } from "react";
import {
  AuditOutlined,
  BankOutlined,
  CalendarOutlined,
  CameraOutlined,
  CheckSquareOutlined,
  DashboardOutlined,
  ExceptionOutlined,
  FileSearchOutlined,
  FlagOutlined,
  FundProjectionScreenOutlined,
  HomeOutlined,
  IdcardOutlined,
  TrophyOutlined,
  SafetyOutlined,
  ReadOutlined,
  SettingOutlined,
  SolutionOutlined,
  TeamOutlined,
  WarningOutlined,
} from "@ant-design/icons";

import type { Right, RightSubject } from "../gql/graphql";

type Entry = { path: string; label: string; icon: ReactNode; needs: [RightSubject, ...Right[]]; roles?: string[] };

/* Each entry shows to whoever carries one of its rights; the API has the last word. */
const ENTRIES: Entry[] = [
  { path: "/desk", label: "今日待办", icon: <HomeOutlined />, needs: ["HAZARD", "READ_OWN", "READ_ACROSS"] },
  { path: "/overview", label: "全区总览", icon: <DashboardOutlined />, needs: ["INDICATOR", "READ_OWN"], roles: ["COMMITTEE"] },
  { path: "/board", label: "挂图作战", icon: <FundProjectionScreenOutlined />, needs: ["INDICATOR", "READ_OWN"], roles: ["COMMITTEE"] },
  { path: "/enterprises", label: "企业台账", icon: <BankOutlined />, needs: ["REGISTER", "READ_OWN", "READ_ACROSS"] },
  { path: "/standard", label: "标准化与设备", icon: <TrophyOutlined />, needs: ["STANDARDISATION", "READ_OWN", "READ_ACROSS"] },
  { path: "/risks", label: "风险点", icon: <SafetyOutlined />, needs: ["HAZARD", "READ_OWN", "READ_ACROSS"] },
  { path: "/hazards", label: "隐患", icon: <WarningOutlined />, needs: ["HAZARD", "READ_OWN", "READ_ACROSS"] },
  { path: "/supervision", label: "挂牌督办", icon: <FlagOutlined />, needs: ["SUPERVISION", "READ_OWN"] },
  { path: "/checks", label: "日周月自查", icon: <CheckSquareOutlined />, needs: ["ROUTINE_CHECK", "READ_OWN", "READ_ACROSS"] },
  { path: "/plates", label: "责任牌", icon: <IdcardOutlined />, needs: ["SETTINGS", "READ_OWN"], roles: ["TENANT_ADMIN", "INSPECTOR"] },
  { path: "/inspections", label: "执法检查", icon: <FileSearchOutlined />, needs: ["INSPECTION", "READ_OWN"] },
  { path: "/cases", label: "处罚案件", icon: <SolutionOutlined />, needs: ["CASE", "READ_OWN"] },
  { path: "/joint", label: "联合检查", icon: <CalendarOutlined />, needs: ["DEMAND", "READ_OWN"] },
  { path: "/evidence", label: "证据", icon: <CameraOutlined />, needs: ["EVIDENCE", "READ_OWN", "READ_RECEIPT"] },
  { path: "/blacklist", label: "失信与公示", icon: <ExceptionOutlined />, needs: ["BLACKLIST", "READ_OWN", "READ_STATUS"] },
  { path: "/apps", label: "人员与应用", icon: <TeamOutlined />, needs: ["APP_GRANT", "READ_OWN"] },
  { path: "/settings", label: "设置", icon: <SettingOutlined />, needs: ["SETTINGS", "READ_OWN"] },
  { path: "/law", label: "法定规则", icon: <ReadOutlined />, needs: ["TENANT", "READ_OWN"] },
  { path: "/audit", label: "审计", icon: <AuditOutlined />, needs: ["AUDIT", "READ_OWN"] },
];

export function menuFor({ can, viewer }: { can: (subject: RightSubject, ...rights: Right[]) => boolean; viewer: { role: string } }): Entry[] {
  return ENTRIES.filter(({ needs, roles }) => can(...needs) && (!roles || roles.includes(viewer.role)));
}
