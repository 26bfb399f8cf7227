import type { ReactNode } from "react";
import {
  AlertOutlined,
  AppstoreOutlined,
  AuditOutlined,
  BankOutlined,
  BookOutlined,
  CalendarOutlined,
  CameraOutlined,
  CheckSquareOutlined,
  CompassOutlined,
  DashboardOutlined,
  ExceptionOutlined,
  FileDoneOutlined,
  FileSearchOutlined,
  FileTextOutlined,
  FlagOutlined,
  FundProjectionScreenOutlined,
  HomeOutlined,
  HourglassOutlined,
  IdcardOutlined,
  OrderedListOutlined,
  ProfileOutlined,
  ReadOutlined,
  SafetyOutlined,
  SettingOutlined,
  SolutionOutlined,
  SoundOutlined,
  TeamOutlined,
  TrophyOutlined,
  UserSwitchOutlined,
  WarningOutlined,
} from "@ant-design/icons";

import type { Right, RightSubject } from "../gql/graphql";

type Group = "日常" | "企业" | "执法" | "责任" | "管理";
type Entry = { group: Group; path: string; label: string; icon: ReactNode; needs: [RightSubject, ...Right[]]; roles?: string[] };

/* Each entry shows to whoever carries one of its rights; the API has the last word. */
const ENTRIES: Entry[] = [
  { group: "日常", path: "/desk", label: "今日待办", icon: <HomeOutlined />, needs: ["HAZARD", "READ_OWN", "READ_ACROSS"] },
  { group: "日常", path: "/overview", label: "全区总览", icon: <DashboardOutlined />, needs: ["INDICATOR", "READ_OWN"], roles: ["COMMITTEE"] },
  { group: "日常", path: "/board", label: "挂图作战", icon: <FundProjectionScreenOutlined />, needs: ["INDICATOR", "READ_OWN"], roles: ["COMMITTEE"] },
  { group: "企业", path: "/enterprises", label: "企业台账", icon: <BankOutlined />, needs: ["REGISTER", "READ_OWN", "READ_ACROSS"] },
  { group: "企业", path: "/standard", label: "标准化与设备", icon: <TrophyOutlined />, needs: ["STANDARDISATION", "READ_OWN", "READ_ACROSS"] },
  { group: "企业", path: "/risks", label: "风险点", icon: <SafetyOutlined />, needs: ["HAZARD", "READ_OWN", "READ_ACROSS"] },
  { group: "企业", path: "/hazards", label: "隐患", icon: <WarningOutlined />, needs: ["HAZARD", "READ_OWN", "READ_ACROSS"] },
  { group: "企业", path: "/supervision", label: "挂牌督办", icon: <FlagOutlined />, needs: ["SUPERVISION", "READ_OWN"] },
  { group: "企业", path: "/checks", label: "日周月自查", icon: <CheckSquareOutlined />, needs: ["ROUTINE_CHECK", "READ_OWN", "READ_ACROSS"] },
  { group: "企业", path: "/reports", label: "举报 12350", icon: <SoundOutlined />, needs: ["REPORT", "READ_OWN", "READ_COUNTS"] },
  { group: "企业", path: "/accidents", label: "事故", icon: <AlertOutlined />, needs: ["ACCIDENT", "READ_OWN", "READ_ACROSS", "READ_COUNTS"] },
  { group: "企业", path: "/posts", label: "岗位与两单两卡", icon: <ProfileOutlined />, needs: ["POST_CARD", "READ_OWN", "READ_ACROSS", "READ_COUNTS"] },
  { group: "责任", path: "/guidance", label: "检查指导与履职", icon: <CompassOutlined />, needs: ["GUIDANCE", "READ_OWN", "READ_ACROSS"] },
  { group: "责任", path: "/duties", label: "职责清单", icon: <OrderedListOutlined />, needs: ["DUTY", "READ_OWN", "READ_ACROSS"] },
  { group: "责任", path: "/grids", label: "网格", icon: <AppstoreOutlined />, needs: ["SETTINGS", "READ_OWN", "READ_ACROSS"], roles: ["TENANT_ADMIN", "INSPECTOR", "COMMITTEE"] },
  { group: "责任", path: "/training", label: "培训与执法证", icon: <BookOutlined />, needs: ["TRAINING", "READ_OWN", "READ_ACROSS"] },
  { group: "责任", path: "/plates", label: "责任牌", icon: <IdcardOutlined />, needs: ["SETTINGS", "READ_OWN"], roles: ["TENANT_ADMIN", "INSPECTOR"] },
  { group: "执法", path: "/inspections", label: "执法检查", icon: <FileSearchOutlined />, needs: ["INSPECTION", "READ_OWN"] },
  { group: "执法", path: "/cases", label: "处罚案件", icon: <SolutionOutlined />, needs: ["CASE", "READ_OWN"] },
  { group: "执法", path: "/case-reviews", label: "案卷评查", icon: <FileDoneOutlined />, needs: ["CASE_REVIEW", "READ_OWN", "READ_ACROSS"] },
  { group: "执法", path: "/joint", label: "联合检查", icon: <CalendarOutlined />, needs: ["DEMAND", "READ_OWN"] },
  { group: "执法", path: "/officers", label: "执法人员", icon: <UserSwitchOutlined />, needs: ["OFFICER", "READ_OWN", "READ_ACROSS"] },
  { group: "执法", path: "/evidence", label: "证据", icon: <CameraOutlined />, needs: ["EVIDENCE", "READ_OWN", "READ_RECEIPT"] },
  { group: "执法", path: "/blacklist", label: "失信与公示", icon: <ExceptionOutlined />, needs: ["BLACKLIST", "READ_OWN", "READ_STATUS"] },
  { group: "管理", path: "/apps", label: "人员与应用", icon: <TeamOutlined />, needs: ["APP_GRANT", "READ_OWN"] },
  { group: "管理", path: "/settings", label: "设置", icon: <SettingOutlined />, needs: ["SETTINGS", "READ_OWN"] },
  { group: "管理", path: "/templates", label: "文书模板", icon: <FileTextOutlined />, needs: ["SETTINGS", "READ_OWN"], roles: ["TENANT_ADMIN", "INSPECTOR"] },
  { group: "管理", path: "/jobs", label: "后台任务", icon: <HourglassOutlined />, needs: ["TENANT", "READ_OWN"], roles: ["TENANT_ADMIN", "INSPECTOR", "COMMITTEE", "DEPARTMENT"] },
  { group: "管理", path: "/law", label: "法定规则", icon: <ReadOutlined />, needs: ["TENANT", "READ_OWN"] },
  { group: "管理", path: "/audit", label: "审计", icon: <AuditOutlined />, needs: ["AUDIT", "READ_OWN"] },
];

export function menuFor({ can, viewer }: { can: (subject: RightSubject, ...rights: Right[]) => boolean; viewer: { role: string } }): Entry[] {
  return ENTRIES.filter(({ needs, roles }) => can(...needs) && (!roles || roles.includes(viewer.role)));
}

/** The entries in their groups, in the order in which the groups are met. */
export function grouped(entries: Entry[]): [Group, Entry[]][] {
  const found = new Map<Group, Entry[]>();
  for (const one of entries) found.set(one.group, [...(found.get(one.group) ?? []), one]);
  const order: Group[] = ["日常", "企业", "责任", "执法", "管理"];
  return order.flatMap((name): [Group, Entry[]][] => (found.has(name) ? [[name, found.get(name)!]] : []));
}
